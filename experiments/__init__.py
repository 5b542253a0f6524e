"""Scripts: flags -> settings -> one call into serjax -> where the result is."""
