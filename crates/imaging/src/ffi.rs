//! The only unsafe code of the crate: libjpeg-turbo and libwebp behind safe functions.
//!
//! Both libraries are by far the fastest of their kind. Neither has a safe wrapper that offers what is needed here:
//! planes in and out, the difference between a warning and a failure, animation. Each file states for each call why the
//! pointers that it passes are valid for as long as the library uses them.
#![expect(unsafe_code, reason = "the codecs are C libraries")]

pub(crate) mod turbojpeg;
pub(crate) mod webp_animation;
pub(crate) mod webp_decode;
pub(crate) mod webp_encode;
