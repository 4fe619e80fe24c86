//! clau-engine
