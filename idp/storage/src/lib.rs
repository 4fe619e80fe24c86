//! clau-storage
