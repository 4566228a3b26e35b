"""What the functions share. Leaves below, the web edge on top; nothing here imports a function."""
