"""The fields a launch form is made of."""
