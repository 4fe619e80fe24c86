//! A private instance of the hub.
