//! Nothing: the tests beside this file are what the package is for.
