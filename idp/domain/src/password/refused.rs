//! Passwords that somebody has used before, and lost: a binary fuse filter over them, 18 bits for each, which is
//! inside the program, and one more that an operator may make of a list of their own. It knows every password it was
//! made of, and takes one in 65,536 of the others for one of them; since a password is looked up in all its disguises,
//! about one good password in ten thousand is refused by mistake. Never holds a password: no list can be read out of
//! it. Never opens a file.
//!
//! A filter rather than the list: the list is in the program of every node, a region's own may have millions of
//! entries, and a few hundred kilobytes of other people's passwords, obscene as they are, are nothing to keep. The
//! form of a file: [`MAGIC`], then in little endian how many there are (8 bytes), the seed (8), the length of a
//! segment (4), of all but two of them (4), and the fingerprints (2 each).

use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use xorf::{BinaryFuse16, Descriptor, Filter as _};

use super::Password;
use super::obvious;
use crate::names::fold;

/// The first bytes of a filter.
pub const MAGIC: &[u8; 16] = b"clau refused 1\n\0";

/// Longest segment of a filter, as the library makes them.
const LONGEST_SEGMENT: u32 = 1 << 18;
/// Fewest letters of a word that is refused with any digits around it.
const SHORTEST_CORE: usize = 4;

/// What [`Builder`] has made of `common.txt` and the lists in `refused.md`.
static BUILT_IN: LazyLock<Option<Filter>> =
    LazyLock::new(|| Filter::read(include_bytes!("refused.filter")).ok());

/// Passwords that nobody may choose.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    own: Option<Arc<Filter>>,
}

#[derive(Debug)]
struct Filter {
    fuse: BinaryFuse16,
    entries: u64,
}

/// Bytes that are no filter, or only a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a filter of `clau passwords filter`, or not all of it")]
pub struct NotAFilter;

/// A list that no filter can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no filter can be made of this list: it has no passwords, or too many")]
pub struct NotAList;

impl Refused {
    /// Those of a filter, besides those that are built in.
    ///
    /// # Errors
    /// [`NotAFilter`].
    pub fn and(filter: &[u8]) -> Result<Self, NotAFilter> {
        Ok(Self {
            own: Some(Arc::new(Filter::read(filter)?)),
        })
    }

    /// How many entries it has: built in, and of the operator's own.
    pub fn entries(&self) -> (u64, u64) {
        let entries = |filter: &Filter| filter.entries;
        (
            BUILT_IN.as_ref().map_or(0, entries),
            self.own.as_deref().map_or(0, entries),
        )
    }

    /// Whether a text is one of them, as it stands.
    pub(super) fn contains(&self, text: &str) -> bool {
        let key = key_of(text);
        let mut filters = BUILT_IN.iter().chain(self.own.as_deref());
        filters.any(|filter| filter.fuse.contains(&key))
    }
}

impl Filter {
    fn read(bytes: &[u8]) -> Result<Self, NotAFilter> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(NotAFilter)?;
        let entries = u64::from_le_bytes(take(&mut rest)?);
        let seed = u64::from_le_bytes(take(&mut rest)?);
        let segment_length = u32::from_le_bytes(take(&mut rest)?);
        let segment_count_length = u32::from_le_bytes(take(&mut rest)?);
        let fingerprints: Box<[u16]> = rest
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
            .collect();
        // The library takes its figures at their word and looks up by them.
        let expected = u64::from(segment_count_length) + 2 * u64::from(segment_length);
        let sound = segment_length.is_power_of_two()
            && segment_length <= LONGEST_SEGMENT
            && segment_count_length > 0
            && segment_count_length.is_multiple_of(segment_length)
            && u32::try_from(expected).is_ok()
            && rest.len() as u64 == 2 * expected;
        if !sound {
            return Err(NotAFilter);
        }
        let descriptor = Descriptor {
            seed,
            segment_length,
            segment_length_mask: segment_length - 1,
            segment_count_length,
        };
        Ok(Self {
            fuse: BinaryFuse16 {
                descriptor,
                fingerprints,
            },
            entries,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], NotAFilter> {
    let (taken, left) = rest.split_first_chunk().ok_or(NotAFilter)?;
    *rest = left;
    Ok(*taken)
}

/// Makes a filter of lists.
#[derive(Debug, Default)]
pub struct Builder {
    keys: Vec<u64>,
}

impl Builder {
    /// Takes one line of a list: a password or word, or the SHA-1 of a password in 40 hexadecimal digits, with or
    /// without `:` and a count behind it, as lists of breaches have them. Words are refused in all their usual
    /// disguises, digests only as the password stands. A line that begins with `# ` is a remark.
    pub fn line(&mut self, line: &str) {
        let line = line.trim_end_matches(['\r', '\n']);
        if let Some(key) = key_of_digest(line) {
            self.keys.push(key);
            return;
        }
        let Some(password) = Password::typed(line).filter(|_| !line.starts_with("# ")) else {
            return;
        };
        let folded = fold(password.expose());
        let core = obvious::core(&folded);
        self.keys.push(key_of(password.expose()));
        self.keys.push(key_of(&folded));
        if core.chars().count() >= SHORTEST_CORE {
            self.keys.push(key_of(&core));
        }
    }

    /// The filter, as bytes for a file. The same lists make the same filter.
    ///
    /// # Errors
    /// [`NotAList`].
    pub fn finish(mut self) -> Result<Vec<u8>, NotAList> {
        self.keys.sort_unstable();
        self.keys.dedup();
        // The library counts with 32 bits, and needs more than one to begin with.
        if !(2..=1 << 31).contains(&self.keys.len()) {
            return Err(NotAList);
        }
        let fuse = BinaryFuse16::try_from(&self.keys).map_err(|_| NotAList)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.keys.len() as u64).to_le_bytes());
        bytes.extend(fuse.descriptor.seed.to_le_bytes());
        bytes.extend(fuse.descriptor.segment_length.to_le_bytes());
        bytes.extend(fuse.descriptor.segment_count_length.to_le_bytes());
        for fingerprint in &fuse.fingerprints {
            bytes.extend(fingerprint.to_le_bytes());
        }
        Ok(bytes)
    }
}

/// SHA-1, because lists of breaches are published so; it protects nothing here.
fn key_of(text: &str) -> u64 {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    digest
        .as_ref()
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn key_of_digest(line: &str) -> Option<u64> {
    let digest = line.split(':').next()?.trim();
    let is_digest = digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digest.get(..16).filter(|_| is_digest)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_of(lines: &[&str]) -> Vec<u8> {
        let mut builder = Builder::default();
        lines.iter().for_each(|line| builder.line(line));
        builder.finish().expect("a filter")
    }

    #[test]
    fn pwd_02_the_built_in_filter_is_whole_and_has_every_word_of_our_own_list() {
        let refused = Refused::default();
        let (entries, own) = refused.entries();
        assert!(
            (50_000..200_000).contains(&entries) && own == 0,
            "{entries}"
        );
        for word in include_str!("common.txt").lines() {
            assert!(
                refused.contains(word),
                "{word}: make the filter anew (refused.md)"
            );
        }
    }

    #[test]
    fn pwd_02_one_good_password_in_65_536_is_taken_for_a_bad_one() {
        let refused = Refused::default();
        let wrongly = (0..200_000).filter(|n| refused.contains(&format!("{n} montgolfières")));
        // Three are to be expected.
        assert!(wrongly.count() < 15);
    }

    #[test]
    fn pwd_02_a_list_of_ones_own_is_words_or_digests() {
        // sha1sum: of `Vaucanson31!` and of `anguille sous roche`.
        let bytes = made_of(&[
            "# sobriquets\r\n",
            "Gargamel\r\n",
            "f7d38ff7f7fbe0a1d0bcd7a87b1f8e5e1f7c0c3a",
            "4E1243BD22C66E76C2BA9EDDC1F91394E57F9F83:12",
            "",
        ]);
        let refused = Refused::and(&bytes).expect("a filter");
        assert!(refused.contains("Gargamel") && refused.contains("gargamel"));
        // `echo -n toto | sha1sum` begins with 0b9c2625dc21ef05.
        let toto = key_of("toto");
        assert_eq!(toto, 0x0b9c_2625_dc21_ef05);
        assert_eq!(
            key_of_digest("0B9C2625DC21EF05F6AD4DDF47C5F203837AA32C:17"),
            Some(toto)
        );
        assert_eq!(
            key_of_digest("0B9C2625DC21EF05F6AD4DDF47C5F203837AA32"),
            None
        );
        assert!(!refused.contains("# sobriquets"));
        assert_eq!(
            bytes,
            made_of(&[
                "4e1243bd22c66e76c2ba9eddc1f91394e57f9f83",
                "F7D38FF7F7FBE0A1D0BCD7A87B1F8E5E1F7C0C3A:1",
                "Gargamel",
            ])
        );
        assert_eq!(Builder::default().finish(), Err(NotAList));
    }

    #[test]
    fn pwd_02_what_is_no_filter_is_refused() {
        let good = made_of(&["gargamel", "azrael", "schtroumpfette"]);
        assert!(Refused::and(&good).is_ok());
        for length in 0..good.len() {
            assert_eq!(
                Refused::and(&good[..length]).err(),
                Some(NotAFilter),
                "{length}"
            );
        }
        // Every figure of the header, by every power of two.
        for place in 0..40 {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[place] ^= 1 << bit;
                if let Ok(refused) = Refused::and(&bad) {
                    for n in 0..100 {
                        let _ = refused.contains(&format!("{n}"));
                    }
                }
            }
        }
    }
}
