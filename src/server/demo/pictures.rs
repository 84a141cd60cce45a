//! Drawn pictures of the demo's goods, so that the shop has pictures without a file.
//!
//! The name says all there is to draw: `<kind>--<slug>--<view>`, as [`name`] writes it. The slug
//! chooses the colours, the view how the thing is shown.

use std::fmt::Write;

use super::random::hash;
use super::words::kinds;

/// Width and height of every picture.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;

/// How a thing is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// On plain ground.
    Front,
    /// On a table, in the evening light.
    Table,
    /// From near.
    Near,
    /// As a customer takes it: askew, at home.
    Home,
}

impl View {
    const ALL: [(&'static str, Self); 4] =
        [("front", Self::Front), ("table", Self::Table), ("near", Self::Near), ("home", Self::Home)];

    const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Table => "table",
            Self::Near => "near",
            Self::Home => "home",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Bar,
    Box,
    Buds,
    Bulb,
    Camera,
    Card,
    Disc,
    Headphones,
    Keyboard,
    Laptop,
    Lens,
    Mouse,
    Nas,
    Phone,
    Plug,
    Projector,
    Router,
    Screen,
    Speaker,
    Stick,
    Tablet,
    Tower,
    Watch,
}

/// The address of a picture in this server.
pub fn url(kind: &str, slug: &str, view: View) -> String {
    format!("/demo/pictures/{kind}--{slug}--{}.svg", view.name())
}

/// Draws the picture with this name (with or without `.svg`); `None` when the name means nothing.
pub fn picture(name: &str) -> Option<String> {
    let name = name.strip_suffix(".svg").unwrap_or(name);
    if name.len() > 200 || !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return None;
    }
    let (kind, rest) = name.split_once("--")?;
    let (slug, view) = rest.rsplit_once("--")?;
    let kind = kinds::all().find(|known| known.key == kind)?;
    let (_, view) = View::ALL.into_iter().find(|(name, _)| *name == view)?;
    let mut svg = String::with_capacity(3000);
    // Writing to a String can't fail.
    draw(&mut svg, kind.shape, view, hash(slug)).ok()?;
    Some(svg)
}

fn draw(svg: &mut String, shape: Shape, view: View, slug: u64) -> std::fmt::Result {
    let ground = slug % 360;
    let accent = (slug >> 16) % 360;
    // Three cases in five are dark, the others silver or white.
    let (body, edge, face) = match (slug >> 32) % 5 {
        0 => ("#d9dce1", "#b4b9c2", "#1d2129"),
        1 => ("#f1f2f4", "#c9cdd4", "#232833"),
        2 => ("#3a4252", "#2a303d", "#12151b"),
        _ => ("#2b2f37", "#1c1f25", "#0d0f13"),
    };
    write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"><defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl({ground} 30% 96%)"/><stop offset="1" stop-color="hsl({ground} 26% 86%)"/></linearGradient><linearGradient id="s" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl({accent} 65% 62%)"/><stop offset="1" stop-color="hsl({} 60% 34%)"/></linearGradient></defs><path fill="url(#g)" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>"#,
        (accent + 50) % 360,
    )?;
    let place = match view {
        View::Front => "",
        View::Table => {
            svg.push_str(r##"<path fill="#8d6e53" d="M0 372h640v108H0z"/><path fill="#7c5f46" d="M0 372h640v9H0z"/><path fill="#6f7f62" d="M560 372c-6-70-46-92-58-140 34 18 52 48 62 78 2-44 14-74 42-98-2 46-16 104-34 160z"/><path fill="#c7a98d" d="M538 340h62l-8 42h-46z"/>"##);
            r#" transform="translate(64 58) scale(.8)""#
        }
        View::Near => r#" transform="translate(-230 -150) scale(1.7)""#,
        View::Home => {
            svg.push_str(r##"<path fill="#b9977a" d="M0 300h640v180H0z"/><path fill="#a98769" d="M0 338h640v4H0zM0 392h640v4H0zM0 446h640v4H0z"/>"##);
            match slug >> 40 & 3 {
                0 => r#" transform="rotate(-7 320 240) translate(70 60) scale(.78)""#,
                1 => r#" transform="rotate(5 320 240) translate(40 70) scale(.82)""#,
                2 => r#" transform="rotate(11 320 240) translate(96 40) scale(.74)""#,
                _ => r#" transform="rotate(-3 320 240) translate(58 84) scale(.8)""#,
            }
        }
    };
    // Attributes, not a style sheet: a Content-Security-Policy would refuse that.
    let paths = shape
        .paths()
        .replace(r#"class="b""#, &format!(r#"fill="{body}""#))
        .replace(r#"class="e""#, &format!(r#"fill="{edge}""#))
        .replace(r#"class="f""#, &format!(r#"fill="{face}""#))
        .replace(r#"class="a""#, &format!(r#"fill="hsl({accent} 62% 52%)""#))
        .replace(r#"class="s""#, r#"fill="url(#s)""#)
        .replace(
            r#"class="l""#,
            &format!(r#"fill="none" stroke="{edge}" stroke-width="6" stroke-linecap="round" stroke-linejoin="round""#),
        );
    write!(svg, r#"<g{place}><ellipse cx="320" cy="396" rx="210" ry="16" opacity=".14"/>{paths}</g></svg>"#)
}

impl Shape {
    /// The drawing on a canvas of 640 × 480. Classes: b body, e edge, f face, s screen, a accent, l line.
    const fn paths(self) -> &'static str {
        match self {
            Self::Laptop => {
                r#"<rect class="b" x="150" y="96" width="340" height="232" rx="14"/><rect class="s" x="162" y="108" width="316" height="206" rx="6"/><path class="e" d="M96 330h448l30 44q4 14-12 14H78q-16 0-12-14z"/><path class="b" d="M96 330h448l6 10H90z"/><path class="f" opacity=".25" d="M262 362h116l6 18H256z"/>"#
            }
            Self::Tower => {
                r#"<rect class="b" x="208" y="70" width="224" height="322" rx="12"/><rect class="f" x="226" y="90" width="188" height="282" rx="8"/><circle class="l" cx="320" cy="160" r="52"/><circle class="a" cx="320" cy="160" r="12"/><circle class="l" cx="320" cy="292" r="52"/><circle class="a" cx="320" cy="292" r="12"/><path class="e" d="M222 392h44v10h-44zM374 392h44v10h-44z"/>"#
            }
            Self::Box => {
                r#"<path class="b" d="M160 214l160-64 160 64v112l-160 66-160-66z"/><path class="e" d="M320 280l160-66v112l-160 66z"/><path class="f" opacity=".18" d="M160 214l160-64 160 64-160 66z"/><path class="f" d="M344 322l30-12v22l-30 12zM388 304l18-7v22l-18 7z"/><circle class="a" cx="452" cy="288" r="7"/>"#
            }
            Self::Stick => {
                r#"<rect class="e" x="110" y="196" width="420" height="108" rx="8"/><rect class="b" x="110" y="180" width="420" height="104" rx="8"/><rect class="f" x="140" y="202" width="92" height="60" rx="4"/><rect class="f" x="252" y="202" width="92" height="60" rx="4"/><rect class="s" x="364" y="202" width="130" height="60" rx="4"/><path fill="none" stroke="hsl(44 70% 55%)" stroke-width="16" stroke-dasharray="7 5" d="M130 312h380"/>"#
            }
            Self::Card => {
                r##"<rect class="b" x="96" y="150" width="430" height="180" rx="16"/><path class="e" d="M96 330h430v22H118q-22 0-22-22z"/><circle class="f" cx="212" cy="240" r="70"/><circle class="f" cx="404" cy="240" r="70"/><g class="l"><path d="M212 180v120M152 240h120M170 198l84 84M254 198l-84 84M404 180v120M344 240h120M362 198l84 84M446 198l-84 84"/></g><circle class="a" cx="212" cy="240" r="20"/><circle class="a" cx="404" cy="240" r="20"/><path fill="#aab0b8" d="M526 140h22v232h-22z"/>"##
            }
            Self::Screen => {
                r#"<rect class="b" x="90" y="78" width="460" height="270" rx="12"/><rect class="s" x="102" y="90" width="436" height="240" rx="4"/><path class="e" d="M296 348h48l8 36h-64z"/><rect class="b" x="226" y="382" width="188" height="14" rx="7"/>"#
            }
            Self::Keyboard => {
                r#"<rect class="e" x="70" y="196" width="500" height="166" rx="18"/><rect class="b" x="70" y="186" width="500" height="164" rx="18"/><g class="f"><path d="M92 206h36v28H92zM134 206h36v28h-36zM176 206h36v28h-36zM218 206h36v28h-36zM260 206h36v28h-36zM302 206h36v28h-36zM344 206h36v28h-36zM386 206h36v28h-36zM428 206h36v28h-36zM92 240h50v28H92zM148 240h36v28h-36zM190 240h36v28h-36zM232 240h36v28h-36zM274 240h36v28h-36zM316 240h36v28h-36zM358 240h36v28h-36zM400 240h36v28h-36zM442 240h36v28h-36zM92 274h62v28H92zM160 274h36v28h-36zM202 274h36v28h-36zM244 274h36v28h-36zM286 274h36v28h-36zM328 274h36v28h-36zM370 274h36v28h-36zM412 274h66v28h-66zM92 308h44v28H92zM142 308h44v28h-44zM374 308h44v28h-44zM424 308h54v28h-54zM192 308h176v28H192zM506 240h42v96h-42z"/></g><path class="a" d="M506 206h42v28h-42z"/>"#
            }
            Self::Mouse => {
                r#"<path class="e" d="M224 250c0-90 36-150 96-150s96 60 96 150v58c0 58-40 92-96 92s-96-34-96-92z"/><path class="b" d="M224 236c0-84 36-142 96-142s96 58 96 142v60c0 56-40 88-96 88s-96-32-96-88z"/><path class="l" d="M320 96v104M226 214q94 26 188 0"/><rect class="a" x="309" y="128" width="22" height="54" rx="11"/>"#
            }
            Self::Lens => {
                r#"<rect class="b" x="180" y="150" width="280" height="130" rx="60"/><circle class="e" cx="320" cy="214" r="56"/><circle class="f" cx="320" cy="214" r="44"/><circle class="s" cx="320" cy="214" r="24"/><circle fill="white" opacity=".6" cx="308" cy="202" r="7"/><circle class="a" cx="420" cy="214" r="6"/><path class="e" d="M268 280h104l20 96q2 18-16 18H264q-18 0-16-18z"/>"#
            }
            Self::Phone => {
                r#"<rect class="e" x="222" y="54" width="200" height="346" rx="30"/><rect class="b" x="216" y="54" width="200" height="346" rx="30"/><rect class="s" x="226" y="64" width="180" height="326" rx="22"/><circle class="f" cx="316" cy="84" r="8"/><rect fill="white" opacity=".75" x="276" y="374" width="80" height="5" rx="2"/>"#
            }
            Self::Tablet => {
                r#"<rect class="b" x="112" y="92" width="416" height="300" rx="24"/><rect class="s" x="132" y="112" width="376" height="260" rx="8"/><circle class="f" cx="122" cy="242" r="4"/>"#
            }
            Self::Watch => {
                r#"<path class="e" d="M262 60h116l14 96H248zM248 322h144l-14 82H262z"/><rect class="b" x="230" y="142" width="180" height="194" rx="48"/><rect class="f" x="244" y="156" width="152" height="166" rx="38"/><circle fill="none" stroke="url(#s)" stroke-width="14" stroke-linecap="round" stroke-dasharray="250 400" cx="320" cy="239" r="52"/><path d="M320 210v30l20 14" fill="none" stroke="white" stroke-width="6" stroke-linecap="round"/><rect class="e" x="408" y="216" width="14" height="40" rx="6"/>"#
            }
            Self::Plug => {
                r##"<path class="b" d="M226 150q0-22 22-22h144q22 0 22 22v196q0 46-46 46h-96q-46 0-46-46z"/><path fill="#aab0b8" d="M274 70h20v58h-20zM346 70h20v58h-20z"/><path class="e" d="M226 300h188v46q0 46-46 46h-96q-46 0-46-46z"/><rect class="f" x="262" y="332" width="48" height="16" rx="8"/><rect class="f" x="330" y="332" width="48" height="16" rx="8"/><path class="a" d="M330 174l-40 58h26l-10 40 44-60h-28z"/>"##
            }
            Self::Headphones => {
                r#"<path d="M168 282c0-130 68-196 152-196s152 66 152 196" fill="none" stroke="currentColor" stroke-opacity=".7" stroke-width="26" stroke-linecap="round"/><path d="M186 262c6-104 62-156 134-156s128 52 134 156" fill="none" stroke="hsl(0 0% 100% / .35)" stroke-width="5"/><rect class="b" x="132" y="250" width="88" height="142" rx="42"/><rect class="b" x="420" y="250" width="88" height="142" rx="42"/><rect class="f" x="196" y="262" width="32" height="118" rx="16"/><rect class="f" x="412" y="262" width="32" height="118" rx="16"/><circle class="a" cx="160" cy="321" r="9"/><circle class="a" cx="480" cy="321" r="9"/>"#
            }
            Self::Buds => {
                r#"<rect class="e" x="214" y="238" width="212" height="152" rx="60"/><rect class="b" x="214" y="228" width="212" height="150" rx="60"/><path class="l" d="M216 288h208"/><circle class="a" cx="320" cy="318" r="7"/><g class="b"><circle cx="236" cy="134" r="42"/><rect x="238" y="134" width="28" height="92" rx="14"/><circle cx="404" cy="134" r="42"/><rect x="374" y="134" width="28" height="92" rx="14"/></g><circle class="f" cx="214" cy="132" r="20"/><circle class="f" cx="426" cy="132" r="20"/>"#
            }
            Self::Speaker => {
                r#"<rect class="b" x="190" y="76" width="260" height="320" rx="60"/><circle class="f" cx="320" cy="276" r="86"/><circle class="e" cx="320" cy="276" r="58"/><circle class="s" cx="320" cy="276" r="26"/><circle class="f" cx="320" cy="142" r="36"/><circle class="e" cx="320" cy="142" r="16"/><path class="a" d="M290 92h60v6h-60z"/>"#
            }
            Self::Bar => {
                r#"<rect class="e" x="60" y="264" width="520" height="74" rx="20"/><rect class="b" x="60" y="252" width="520" height="74" rx="20"/><path d="M90 276h360M90 289h360M90 302h360" fill="none" stroke="currentColor" stroke-opacity=".5" stroke-width="5" stroke-dasharray="5 7"/><circle class="a" cx="500" cy="289" r="7"/><circle class="s" cx="540" cy="289" r="16"/>"#
            }
            Self::Projector => {
                r#"<path fill="hsl(50 90% 80% / .5)" d="M190 250L40 150v220z"/><rect class="b" x="150" y="186" width="340" height="168" rx="28"/><circle class="e" cx="236" cy="270" r="62"/><circle class="f" cx="236" cy="270" r="48"/><circle class="s" cx="236" cy="270" r="28"/><path class="l" d="M362 232h92M362 254h92M362 276h92M362 298h92"/><path class="e" d="M186 354h40v30h-40zM414 354h40v30h-40z"/><circle class="a" cx="456" cy="330" r="6"/>"#
            }
            Self::Camera => {
                r#"<path class="b" d="M120 168q0-22 22-22h76l24-40h156l24 40h76q22 0 22 22v190q0 24-24 24H144q-24 0-24-24z"/><path class="e" d="M120 212h400v90H120z"/><circle class="b" cx="320" cy="258" r="112"/><circle class="f" cx="320" cy="258" r="92"/><circle class="s" cx="320" cy="258" r="60"/><circle class="f" cx="320" cy="258" r="34"/><circle fill="white" opacity=".5" cx="296" cy="232" r="13"/><rect class="a" x="452" y="160" width="40" height="14" rx="7"/><rect class="e" x="150" y="128" width="50" height="18" rx="6"/>"#
            }
            Self::Bulb => {
                r##"<path class="s" d="M320 70c-76 0-128 54-128 124 0 62 46 88 62 130h132c16-42 62-68 62-130 0-70-52-124-128-124z"/><path fill="white" opacity=".35" d="M250 130c18-24 42-34 66-34-40 14-62 48-64 98-14-18-16-42-2-64z"/><path fill="#b8bdc6" d="M258 330h124v18H258zM264 354h112v16H264zM274 376h92l-22 22h-48z"/>"##
            }
            Self::Disc => {
                r#"<ellipse class="e" cx="320" cy="286" rx="210" ry="106"/><ellipse class="b" cx="320" cy="262" rx="210" ry="106"/><ellipse class="l" cx="320" cy="258" rx="168" ry="80"/><ellipse class="f" cx="320" cy="240" rx="58" ry="28"/><ellipse class="s" cx="320" cy="232" rx="42" ry="19"/><circle class="a" cx="320" cy="318" r="9"/>"#
            }
            Self::Router => {
                r#"<path fill="none" stroke="currentColor" stroke-opacity=".55" stroke-width="14" stroke-linecap="round" d="M176 262L150 90M464 262l26-172M276 262l-8-150M364 262l8-150"/><path class="e" d="M110 270q0-20 20-20h380q20 0 20 20v84q0 20-20 20H130q-20 0-20-20z"/><path class="b" d="M110 262q0-20 20-20h380q20 0 20 20v76q0 20-20 20H130q-20 0-20-20z"/><circle class="a" cx="160" cy="300" r="7"/><circle class="a" cx="190" cy="300" r="7"/><circle class="a" cx="220" cy="300" r="7"/><path class="f" d="M420 290h26v22h-26zM454 290h26v22h-26z"/>"#
            }
            Self::Nas => {
                r#"<rect class="b" x="178" y="96" width="284" height="296" rx="16"/><g class="f"><rect x="200" y="120" width="56" height="220" rx="6"/><rect x="264" y="120" width="56" height="220" rx="6"/><rect x="328" y="120" width="56" height="220" rx="6"/></g><path class="e" d="M222 140h12v60h-12zM286 140h12v60h-12zM350 140h12v60h-12z"/><circle class="a" cx="424" cy="140" r="8"/><circle class="e" cx="424" cy="176" r="8"/><circle class="l" cx="424" cy="330" r="14"/>"#
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_pictures() {
        for kind in kinds::all() {
            for (_, view) in View::ALL {
                let address = url(kind.key, "nordlys-14", view);
                let name = address.rsplit('/').next().unwrap_or_default();
                let svg = picture(name).unwrap_or_default();
                assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{name}");
                assert_eq!(Some(svg), picture(name));
            }
        }
    }

    #[test]
    fn other_names_have_none() {
        for name in
            ["", "x", "laptop", "ultrabook--a", "ultrabook--a--b", "ultrabook--<b>--front", "../etc--passwd--front"]
        {
            assert_eq!(picture(name), None, "{name}");
        }
    }
}
