//! Readers of feeds: files of directory data in, [`clau_domain::feed`] records out. One module for
//! each format. Never applies anything: that is the importer's, in the engine.

pub mod aaf;
