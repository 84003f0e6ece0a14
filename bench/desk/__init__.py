"""How soon the pages show what happens, how soon they are drawn, and whether they grow."""
