"""Answering, which conversations and messages have in common: store the question, ask the model, store the answer."""
