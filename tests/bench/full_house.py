"""Claims when the house is full."""
SHAPES = ()
def waiting(): pass
def snapshot(): pass
