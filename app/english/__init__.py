"""The pages in English: what was drawn in Chinese, put into the words of a catalogue. Imports nothing of the application."""
