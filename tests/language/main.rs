//! The specs language: what it accepts, what it refuses, and the laws that its compilation obeys.

mod harness;
