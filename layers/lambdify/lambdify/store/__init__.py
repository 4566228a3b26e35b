"""DynamoDB: the base item, transactions, the counted list, the outbox, and the entities that two groups touch."""
