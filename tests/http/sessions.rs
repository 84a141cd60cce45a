//! Sessions: their limits.
