//! clau-web
