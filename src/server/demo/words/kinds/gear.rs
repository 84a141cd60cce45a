//! Peripherals, phones and what is worn or carried with them.

use super::{Axis, BRIGHT_COLOURS, DARK_COLOURS, Kind, value};
use crate::server::demo::pictures::Shape;

const LAYOUT: Axis = Axis {
    name: "Layout",
    values: &[
        value("German", "DE", 0),
        value("French", "FR", 0),
        value("US international", "US", 0),
        value("Nordic", "ND", 0),
    ],
};

const PHONE_STORAGE: Axis = Axis {
    name: "Storage",
    values: &[value("128 GB", "128", 0), value("256 GB", "256", 9), value("512 GB", "512", 22)],
};

const STRAP: Axis = Axis {
    name: "Strap",
    values: &[
        value("41 mm, black", "41B", 0),
        value("41 mm, sand", "41S", 0),
        value("45 mm, black", "45B", 8),
        value("45 mm, steel", "45T", 22),
    ],
};

#[rustfmt::skip]
pub static KINDS: [Kind; 10] = [
    Kind {
        key: "monitor", noun: "monitor", category: "Monitors", parent: "Peripherals", code: "MON", share: 24, demand: 36,
        price: (149, 899), grams: (4300, 9800), shape: Shape::Screen,
        brands: &["Lumeno", "Elvara", "Calvox", "Quintar", "Arvana"],
        series: &["Vista", "Panorama", "Clarity", "Horizon"], models: &["24", "27", "27 Pro", "32", "34 Curved"],
        axis: None,
        specs: &[
            ("Panel", &["23.8″, 1920 × 1080", "27″, 2560 × 1440", "27″, 3840 × 2160", "31.5″, 3840 × 2160", "34″, 3440 × 1440, curved"]),
            ("Refresh rate", &["75 Hz", "100 Hz", "120 Hz", "165 Hz"]),
            ("Brightness", &["250 cd/m²", "350 cd/m²", "400 cd/m²"]),
            ("Colour", &["99 % sRGB", "95 % P3", "98 % P3"]),
            ("Ports", &["HDMI, DisplayPort", "HDMI, DisplayPort, USB-C 65 W", "2 × HDMI, DisplayPort, USB-C 90 W"]),
            ("Stand", &["tilt", "tilt, height", "tilt, height, pivot"]),
        ],
        opening: &[
            "The {name} shows a whole working day without tiring the eyes.",
            "Sharp text, even light, thin frame: the {name} puts [Panel] on your desk.",
            "The {name} is a screen for people who write in the morning and play in the evening.",
        ],
        detail: &[
            "Its panel covers [Colour] at [Brightness] and refreshes with [Refresh rate].",
            "The stand moves every way you want ([Stand]), and cables vanish in its back.",
            "One cable is enough where your computer allows it ([Ports]).",
        ],
        closing: &["A dead pixel is reason enough for an exchange in the first year."],
    },
    Kind {
        key: "keyboard", noun: "keyboard", category: "Keyboards", parent: "Peripherals", code: "KEY", share: 18, demand: 44,
        price: (39, 189), grams: (550, 1300), shape: Shape::Keyboard,
        brands: &["Fenwik", "Marvik", "Wexlo", "Ilmaris"],
        series: &["Script", "Cadence", "Touch", "Octave"], models: &["60", "75", "80", "100"],
        axis: Some(LAYOUT),
        specs: &[
            ("Size", &["60 %, 61 keys", "75 %, 84 keys", "tenkeyless, 87 keys", "full size, 104 keys"]),
            ("Switches", &["membrane", "low profile, linear", "mechanical, tactile", "mechanical, linear, changeable"]),
            ("Connection", &["USB-C cable", "Bluetooth, USB-C", "Bluetooth, 2.4 GHz, USB-C"]),
            ("Battery life", &["none needed", "4 weeks", "3 months"]),
            ("Lighting", &["none", "white", "coloured, for each key"]),
        ],
        opening: &[
            "Typing is a sound and a feeling, and the {name} gets both right.",
            "The {name} is a keyboard for people who write a lot and share their office.",
            "Flat in front, firm below: the {name} stays where you put it.",
        ],
        detail: &[
            "It comes with [Switches] switches in [Size].",
            "It works by [Connection] and changes between three computers with one key.",
            "The caps are made of PBT and keep their letters for years; lighting: [Lighting].",
        ],
        closing: &["Feet, palm rest and caps can be ordered singly."],
    },
    Kind {
        key: "mouse", noun: "mouse", category: "Mice", parent: "Peripherals", code: "MOU", share: 18, demand: 52,
        price: (19, 119), grams: (90, 220), shape: Shape::Mouse,
        brands: &["Fenwik", "Marvik", "Ilmaris", "Zentaro"],
        series: &["Glide", "Swift", "Palm", "Arrow"], models: &["S", "M", "Pro"],
        axis: Some(BRIGHT_COLOURS),
        specs: &[
            ("Sensor", &["1,600 dpi", "4,000 dpi, works on glass", "26,000 dpi"]),
            ("Buttons", &["3", "5", "6, programmable"]),
            ("Connection", &["USB cable", "2.4 GHz receiver", "Bluetooth and 2.4 GHz"]),
            ("Battery life", &["12 months with one AA cell", "70 days", "90 days"]),
            ("Weight", &["98 g", "84 g", "61 g"]),
        ],
        opening: &[
            "The {name} lies in the hand as if it had always been there.",
            "Small click, large effect: the {name} is quiet enough for the library.",
            "The {name} glides over wood, cloth and paper alike.",
        ],
        detail: &[
            "Its sensor ([Sensor]) is exact, and at [Weight] no wrist gets tired.",
            "It has [Buttons] buttons and connects by [Connection].",
            "The battery lasts: [Battery life].",
        ],
        closing: &["It is shaped for both hands."],
    },
    Kind {
        key: "webcam", noun: "webcam", category: "Webcams", parent: "Peripherals", code: "CAM", share: 10, demand: 20,
        price: (39, 179), grams: (140, 320), shape: Shape::Lens,
        brands: &["Lumeno", "Belmora", "Calvox"],
        series: &["Eye", "Presence", "Meet"], models: &["HD", "2K", "4K"],
        axis: None,
        specs: &[
            ("Resolution", &["1920 × 1080, 30 frames", "2560 × 1440, 30 frames", "3840 × 2160, 30 frames"]),
            ("Field of view", &["70°", "78°", "65° to 90°"]),
            ("Microphones", &["1", "2, with noise filter", "3, with noise filter"]),
            ("Focus", &["fixed", "automatic", "automatic, by face"]),
            ("Privacy", &["sliding cover", "turning cover"]),
        ],
        opening: &[
            "In the {name} you look as awake as you are, even on a grey morning.",
            "The {name} makes video meetings a little more human.",
            "Clip it on, plug it in, be seen: the {name} needs no driver.",
        ],
        detail: &[
            "It sends [Resolution], and its light correction copes with a window behind you.",
            "The field of view is [Field of view], focus is [Focus].",
            "Microphones ([Microphones]) leave the keyboard out of your sentences; a [Privacy] closes the lens.",
        ],
        closing: &["A thread takes any tripod."],
    },
    Kind {
        key: "dock", noun: "docking station", category: "Docking stations", parent: "Peripherals", code: "DOC", share: 12, demand: 22,
        price: (49, 269), grams: (160, 780), shape: Shape::Box,
        brands: &["Calvox", "Tarnevo", "Solvane", "Quintar"],
        series: &["Harbour", "Pier", "Anchor"], models: &["6", "9", "12", "15"],
        axis: None,
        specs: &[
            ("Ports", &["6 in all", "9 in all", "12 in all", "15 in all"]),
            ("Displays", &["1 × 4K at 60 Hz", "2 × 4K at 60 Hz", "3 × 4K at 60 Hz"]),
            ("Power to the laptop", &["65 W", "85 W", "100 W"]),
            ("Network", &["1 Gbit/s", "2.5 Gbit/s"]),
            ("Data rate", &["5 Gbit/s", "10 Gbit/s", "40 Gbit/s"]),
        ],
        opening: &[
            "One cable in, everything on: the {name} turns a laptop into a workplace.",
            "The {name} brings back the ports that laptops have lost.",
            "Tidy desks start with the {name}.",
        ],
        detail: &[
            "[Ports], among them [Displays] and a network of [Network].",
            "It feeds the laptop with [Power to the laptop] and moves data at [Data rate].",
            "The housing is metal, heavy enough not to be dragged along by its cables.",
        ],
        closing: &["The cable to the laptop is one metre long and can be replaced."],
    },
    Kind {
        key: "smartphone", noun: "smartphone", category: "Smartphones", parent: "Phones & wearables", code: "PHO", share: 26, demand: 60,
        price: (229, 1149), grams: (320, 460), shape: Shape::Phone,
        brands: &["Halvera", "Novaryn", "Ysmera", "Pelaro", "Elvara"],
        series: &["One", "Nova", "Mira", "Aria"], models: &["Lite", "5", "6", "6 Pro"],
        axis: Some(PHONE_STORAGE),
        specs: &[
            ("Display", &["6.1″ LCD, 90 Hz", "6.1″ OLED, 120 Hz", "6.4″ OLED, 120 Hz", "6.7″ OLED, 120 Hz"]),
            ("Main camera", &["50 MP", "50 MP, stabilised", "64 MP, stabilised, 3 × tele"]),
            ("Battery", &["4,300 mAh", "4,800 mAh", "5,200 mAh"]),
            ("Charging", &["18 W", "45 W", "67 W, wireless 15 W"]),
            ("Protection", &["IP54", "IP67", "IP68"]),
            ("Updates", &["4 years", "6 years", "8 years"]),
        ],
        opening: &[
            "The {name} gets through two days and takes pictures you will keep.",
            "The {name} is a telephone to be used for a long time: updates come for [Updates].",
            "Handy, bright and fast: the {name} leaves out what nobody uses.",
        ],
        detail: &[
            "The screen ([Display]) can be read in full sun, and the camera ([Main camera]) likes the evening.",
            "Its battery of [Battery] charges with [Charging].",
            "It is sealed to [Protection], and the battery can be changed by any workshop in twenty minutes.",
        ],
        closing: &["A cable is included, a charger is not: most people have one.", "Two SIM cards fit, one of them electronic."],
    },
    Kind {
        key: "tablet", noun: "tablet", category: "Tablets", parent: "Phones & wearables", code: "TAB", share: 14, demand: 24,
        price: (179, 999), grams: (480, 900), shape: Shape::Tablet,
        brands: &["Halvera", "Novaryn", "Pelaro"],
        series: &["Slate", "Canvas", "Page"], models: &["8", "10", "11", "12 Pro"],
        axis: Some(PHONE_STORAGE),
        specs: &[
            ("Display", &["8.7″, 1340 × 800", "10.4″, 2000 × 1200", "11″, 2560 × 1600, 120 Hz", "12.4″ OLED, 2800 × 1752"]),
            ("Battery life", &["9 hours", "11 hours", "13 hours"]),
            ("Loudspeakers", &["2", "4"]),
            ("Pen", &["not supported", "sold separately", "included"]),
            ("Mobile network", &["none", "none", "5G"]),
        ],
        opening: &[
            "The {name} is a book, a cinema and a drawing pad in one.",
            "On the sofa, on the train, in the kitchen: the {name} is the screen that comes along.",
            "The {name} lasts [Battery life] and weighs less than a magazine.",
        ],
        detail: &[
            "The display ([Display]) hardly mirrors and is laminated right under the glass.",
            "[Loudspeakers] loudspeakers fill a small room, and a pen is [Pen].",
            "Children get their own profile with their own hours.",
        ],
        closing: &["A cover that is also a stand can be had in four colours."],
    },
    Kind {
        key: "smartwatch", noun: "watch", category: "Smartwatches", parent: "Phones & wearables", code: "WAT", share: 14, demand: 26,
        price: (99, 449), grams: (110, 240), shape: Shape::Watch,
        brands: &["Ilmaris", "Ysmera", "Elvara", "Vintera"],
        series: &["Pace", "Orbit", "Tide"], models: &["1", "2", "2 Sport", "3"],
        axis: Some(STRAP),
        specs: &[
            ("Battery life", &["5 days", "8 days", "12 days", "16 days"]),
            ("Display", &["1.4″ OLED", "1.5″ OLED, always on", "1.5″ OLED, sapphire glass"]),
            ("Positioning", &["through the phone", "GPS", "GPS, two bands"]),
            ("Water", &["5 ATM", "10 ATM"]),
            ("Sensors", &["pulse, sleep", "pulse, oxygen, sleep", "pulse, oxygen, temperature, sleep"]),
        ],
        opening: &[
            "The {name} counts what you want to know and keeps quiet about the rest.",
            "With [Battery life] between two charges the {name} is a watch first and a computer second.",
            "The {name} runs, swims and sleeps with you.",
        ],
        detail: &[
            "Its sensors ([Sensors]) are checked against medical devices, its track comes from [Positioning].",
            "The display ([Display]) can be read while running.",
            "It withstands [Water] and works with every current telephone.",
        ],
        closing: &["All straps have the usual pins and can be changed without tools."],
    },
    Kind {
        key: "charger", noun: "charger", category: "Chargers", parent: "Phones & wearables", code: "CHG", share: 16, demand: 70,
        price: (15, 79), grams: (70, 260), shape: Shape::Plug,
        brands: &["Solvane", "Vintera", "Wexlo", "Tarnevo"],
        series: &["Spark", "Volt", "Relay"], models: &["20", "45", "65", "100"],
        axis: Some(BRIGHT_COLOURS),
        specs: &[
            ("Power", &["20 W", "45 W", "65 W", "100 W"]),
            ("Ports", &["1 × USB-C", "1 × USB-C, 1 × USB-A", "2 × USB-C, 1 × USB-A", "3 × USB-C, 1 × USB-A"]),
            ("Technology", &["silicon", "gallium nitride"]),
            ("Cable", &["not included", "1 m, woven", "2 m, woven"]),
        ],
        opening: &[
            "The {name} is the one charger for the bag.",
            "Phone, tablet, laptop: the {name} knows what each of them may have.",
            "The {name} charges fast and stays lukewarm.",
        ],
        detail: &[
            "It gives [Power] over [Ports] and shares it out by itself.",
            "Thanks to [Technology] it is hardly larger than a matchbox; cable: [Cable].",
            "Its plug folds away and fits every socket on the continent.",
        ],
        closing: &["It switches off by itself when it gets too warm."],
    },
    Kind {
        key: "power-bank", noun: "power bank", category: "Power banks", parent: "Phones & wearables", code: "PWB", share: 14, demand: 40,
        price: (19, 99), grams: (190, 560), shape: Shape::Box,
        brands: &["Solvane", "Pelaro", "Vintera"],
        series: &["Reserve", "Trek", "Depot"], models: &["5", "10", "20", "27"],
        axis: Some(DARK_COLOURS),
        specs: &[
            ("Capacity", &["5,000 mAh", "10,000 mAh", "20,000 mAh", "26,800 mAh"]),
            ("Output", &["15 W", "22 W", "45 W", "100 W"]),
            ("Ports", &["1 × USB-C", "1 × USB-C, 1 × USB-A", "2 × USB-C, 1 × USB-A"]),
            ("On board a plane", &["allowed"]),
            ("Display", &["four lights", "per cent"]),
        ],
        opening: &[
            "The {name} brings a dead phone back on the train home.",
            "For weekends without a socket: the {name} holds [Capacity].",
            "The {name} is flat enough for the inner pocket.",
        ],
        detail: &[
            "It gives up to [Output] over [Ports] and fills itself in two hours.",
            "The rest of its charge is shown by [Display]; on board a plane it is [On board a plane].",
            "It can be charged and charge something else at the same time.",
        ],
        closing: &["A short cable is fixed to its side."],
    },
];
