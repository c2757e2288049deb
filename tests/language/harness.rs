//! Specs in memory, compiled as a run would compile them.
