//! Seeded chance: the same topic and index always give the same draw, so that a person or a product
//! can be made again from its number instead of being kept in memory.

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::Millis;

/// Changing it changes the whole shop.
const SEED: u64 = 0x7EC4_A117;

/// What a draw is for. Each topic has its own stream, so that a change in one leaves the others alone.
#[derive(Clone, Copy)]
pub enum Topic {
    Address = 1,
    Brand,
    Category,
    Inventory,
    Movement,
    Order,
    Parcel,
    Payment,
    PaymentMethod,
    Person,
    Picture,
    Price,
    Product,
    Return,
    Review,
    ReviewImage,
    Shelf,
    Specification,
    Staff,
    Variant,
    Warehouse,
}

/// The finaliser of `SplitMix64`: spreads neighbouring numbers over all 64 bits.
const fn spread(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const fn seed(topic: Topic, index: u64) -> u64 {
    spread(spread(SEED ^ ((topic as u64) << 56)).wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

pub fn rng(topic: Topic, index: u64) -> Rng {
    Rng::with_seed(seed(topic, index))
}

/// The id of the thing with this number, shaped like a random UUID.
pub fn id(topic: Topic, index: u64) -> Uuid {
    let high = seed(topic, index);
    let low = spread(high ^ 0xD1B5_4A32_D192_ED03);
    shape((u128::from(high) << 64) | u128::from(low), 4)
}

/// A UUIDv7 of this moment.
pub fn id_at(rng: &mut Rng, at: Millis) -> Uuid {
    let time = u128::from(at.unsigned_abs() & 0xFFFF_FFFF_FFFF);
    let chance = (u128::from(rng.u32(..)) << 64) | u128::from(rng.u64(..));
    shape((time << 80) | (chance & ((1 << 80) - 1)), 7)
}

const fn shape(bits: u128, version: u128) -> Uuid {
    let free = !((0xF << 76) | (0b11 << 62));
    Uuid::from_u128((bits & free) | (version << 76) | (0b10 << 62))
}

/// A hash for texts that need a number of their own (FNV-1a).
pub fn hash(text: &str) -> u64 {
    let sum = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    spread(sum)
}

/// One of a list that is never empty.
pub fn pick<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    *pick_ref(rng, list)
}

/// One of a list that is never empty, where it stands.
pub fn pick_ref<'a, T>(rng: &mut Rng, list: &'a [T]) -> &'a T {
    &list[rng.usize(..list.len())]
}

/// True in `per_mille` of 1,000 cases.
pub fn chance(rng: &mut Rng, per_mille: u32) -> bool {
    rng.u32(..1000) < per_mille
}

/// Index of one of the shares, drawn by their weight.
pub fn weighted(rng: &mut Rng, shares: impl Iterator<Item = u32> + Clone) -> usize {
    let mut left = rng.u32(..shares.clone().sum::<u32>().max(1));
    for (index, share) in shares.enumerate() {
        if left < share {
            return index;
        }
        left -= share;
    }
    0
}

/// Writes `pattern` with a digit for each `#` and a capital letter for each `@`.
pub fn pattern(rng: &mut Rng, pattern: &str, out: &mut String) {
    for letter in pattern.chars() {
        match letter {
            '#' => out.push(char::from(b'0' + rng.u8(..10))),
            '@' => out.push(char::from(b'A' + rng.u8(..26))),
            other => out.push(other),
        }
    }
}

/// Writes `template` with what `word` gives for each `{key}` or `[key]`.
pub fn fill<'a>(template: &str, out: &mut String, word: impl Fn(&str) -> Option<&'a str>) {
    let mut rest = template;
    while let Some(start) = rest.find(['{', '[']) {
        let (before, found) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = found.find(['}', ']']) else {
            rest = found;
            break;
        };
        match word(&found[1..end]) {
            Some(word) => out.push_str(word),
            None => out.push_str(&found[..=end]),
        }
        rest = &found[end + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_well_shaped() {
        assert_eq!(id(Topic::Product, 7), id(Topic::Product, 7));
        assert_ne!(id(Topic::Product, 7), id(Topic::Variant, 7));
        assert_eq!(id(Topic::Product, 7).get_version_num(), 4);
        let at = 1_790_000_000_123;
        let v7 = id_at(&mut rng(Topic::Order, 1), at);
        assert_eq!(v7.get_version_num(), 7);
        assert_eq!(v7.as_u128() >> 80, at as u128);
    }

    #[test]
    fn templates_are_filled() {
        let mut out = String::new();
        fill("The {name} lasts [Battery life], {odd}.", &mut out, |key| match key {
            "name" => Some("Aero 14"),
            "Battery life" => Some("15 hours"),
            _ => None,
        });
        assert_eq!(out, "The Aero 14 lasts 15 hours, {odd}.");
    }
}
