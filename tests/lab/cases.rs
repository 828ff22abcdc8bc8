//! Histories that once failed, shrunk to what made them fail. Each is told by its mode, its first day and its steps.

/// By name.
pub const CASES: &[(&str, &str)] = &[];
