"""The pages in English: what was drawn in Chinese, in the words of a catalogue. Imports nothing of the application."""
