"""Memory under a crowd: slow clients in front of the receiver, many jobs held by one worker."""
def crowd(): pass
def in_flight(): pass
