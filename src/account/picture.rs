//! A picture that somebody sent is drawn anew: decoded within limits, cut to a square, scaled, written as a new JPEG. What
//! was sent, with whatever is in or behind it, is kept nowhere. No I/O.

use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder, imageops, metadata::Orientation,
};
use std::io::Cursor;

/// Pixels of a side of what is kept.
pub const SIDE: u32 = 256;
/// Longest side of what is taken; a phone's largest photos are scaled down before they are sent as 5 MB.
const LONGEST: u32 = 10_000;
/// Most bytes of its pixels once they are decoded: a file of a few kB can say that it is a square kilometre.
const LARGEST: u64 = 128 << 20;
/// Quality of the JPEG: one of a person weighs some 15 kB.
const QUALITY: u8 = 85;

/// Draws a picture anew.
///
/// # Errors
/// Why it can't be taken, for the person who sent it.
pub fn redraw(sent: &[u8]) -> Result<Vec<u8>, &'static str> {
    const UNREADABLE: &str = "This file can’t be read as a picture: it is cut off or damaged. Save it again as PNG or JPEG, or choose another.";
    const TOO_LARGE: &str =
        "This picture has too many pixels. Scale it down to 4,000 by 4,000 or less, or choose another.";
    // what is in it counts, not what it is called
    let format = image::guess_format(sent)
        .ok()
        .filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP))
        .ok_or("This file is no PNG, JPEG or WebP picture. Choose one that is.")?;
    let mut reader = ImageReader::with_format(Cursor::new(sent), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST), Some(LONGEST));
    limits.max_alloc = Some(LARGEST);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| match error {
        image::ImageError::Limits(_) => TOO_LARGE,
        _ => UNREADABLE,
    })?;
    // said before a pixel is decoded
    if decoder.total_bytes() > LARGEST {
        return Err(TOO_LARGE);
    }
    // how the camera was held is said in what is thrown away
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        image::ImageError::Limits(_) => TOO_LARGE,
        _ => UNREADABLE,
    })?;
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    if side == 0 {
        return Err(UNREADABLE);
    }
    let square = imageops::crop_imm(&picture, (width - side) / 2, (height - side) / 2, side, side);
    let small = imageops::thumbnail(&*square, SIDE, SIDE);
    drop(picture);
    // a JPEG has nothing to see through: on white
    let on_white = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let [red, green, blue, alpha] = small.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|colour| blend(colour, alpha)))
    });
    let mut drawn = DynamicImage::ImageRgb8(on_white);
    drawn.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&drawn).map_err(|_| UNREADABLE)?;
    Ok(jpeg)
}

fn blend(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_picture_is_a_square_of_its_middle_on_white() {
        // left red, the middle see-through, right green
        let wide = RgbaImage::from_fn(600, 200, |x, _| match x {
            0..200 => Rgba([255, 0, 0, 255]),
            200..400 => Rgba([0, 0, 0, 0]),
            _ => Rgba([0, 255, 0, 255]),
        });
        let jpeg = redraw(&png(&DynamicImage::ImageRgba8(wide))).unwrap();
        assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);
        let drawn = image::load_from_memory(&jpeg).unwrap();
        assert_eq!(drawn.dimensions(), (SIDE, SIDE));
        assert!(drawn.pixels().all(|(_, _, Rgba([red, green, blue, _]))| red > 250 && green > 250 && blue > 250));
        let dot = redraw(&png(&DynamicImage::ImageRgb8(RgbImage::from_pixel(1, 3, Rgb([9, 9, 9]))))).unwrap();
        assert_eq!(image::load_from_memory(&dot).unwrap().dimensions(), (SIDE, SIDE));
    }

    #[test]
    fn what_is_no_picture_or_only_half_of_one_is_refused() {
        let whole = png(&DynamicImage::ImageRgb8(RgbImage::from_fn(300, 300, |x, y| {
            Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 7])
        })));
        assert!(redraw(&whole).is_ok());
        for wrong in
            [&whole[..whole.len() / 2], &whole[..40], b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
        {
            assert!(redraw(wrong).is_err(), "{} bytes", wrong.len());
        }
        // each byte changed: an answer, never a panic
        for at in (0..whole.len()).step_by(whole.len() / 300 + 1) {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = redraw(&broken);
        }
    }
}
