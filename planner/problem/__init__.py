"""The waist of the house: the one shape every capacity question takes before it is solved."""
