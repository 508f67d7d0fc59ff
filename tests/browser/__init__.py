"""Pages as a browser shows them: for everybody, on any screen, without a network."""
