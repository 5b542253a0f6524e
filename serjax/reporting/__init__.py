"""From numbers to what is read: tables, figures, the page. No jax."""
