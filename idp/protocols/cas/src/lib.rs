//! clau-cas
