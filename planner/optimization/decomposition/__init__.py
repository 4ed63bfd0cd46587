"""Large problems: prices of the resources, a bound that they prove, and a plan near it."""
