"""Finding passages: the tokenizer, the index that it fills, and the retrievers that search."""
