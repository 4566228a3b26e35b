"""From a file's bytes to the text in it. Pure: it reads one file, in a process of its own, and knows nothing of AWS."""
