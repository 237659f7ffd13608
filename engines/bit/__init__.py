"""Big Transfer (Kolesnikov et al., 2020: "Big Transfer (BiT): General visual representation learning")."""
