//! clau
