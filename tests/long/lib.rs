//! This library is empty. The package exists for the tests beside this file.
