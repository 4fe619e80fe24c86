//! Through the whole router.
