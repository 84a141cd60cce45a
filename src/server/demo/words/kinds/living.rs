//! Sound, picture, home and network.

use super::{Axis, BRIGHT_COLOURS, DARK_COLOURS, Kind, value};
use crate::server::demo::pictures::Shape;

const SCREEN_SIZE: Axis = Axis {
    name: "Size",
    values: &[value("43″", "43", 0), value("50″", "50", 18), value("55″", "55", 35), value("65″", "65", 75)],
};

const LENS_KIT: Axis = Axis {
    name: "Kit",
    values: &[
        value("Body only", "BODY", 0),
        value("With 18–55 mm lens", "1855", 14),
        value("With 18–135 mm lens", "18135", 38),
    ],
};

const PACK: Axis =
    Axis { name: "Pack", values: &[value("1 piece", "1", 0), value("2 pieces", "2", 90), value("4 pieces", "4", 260)] };

#[rustfmt::skip]
pub static KINDS: [Kind; 11] = [
    Kind {
        key: "over-ear", noun: "headset", category: "Over-ear headphones", parent: "Headphones", code: "HPO", share: 20, demand: 46,
        price: (59, 399), grams: (420, 720), shape: Shape::Headphones,
        brands: &["Marvik", "Belmora", "Elvara", "Orvello", "Rivonic"],
        series: &["Hush", "Sonata", "Studio", "Calm"], models: &["100", "300", "500", "700"],
        axis: Some(DARK_COLOURS),
        specs: &[
            ("Noise cancelling", &["none", "adaptive", "adaptive, 8 microphones"]),
            ("Battery life", &["25 hours", "35 hours", "45 hours", "60 hours"]),
            ("Drivers", &["32 mm", "40 mm", "40 mm, beryllium"]),
            ("Connection", &["Bluetooth 5.2", "Bluetooth 5.3, two devices", "Bluetooth 5.4, two devices, cable"]),
            ("Weight", &["285 g", "265 g", "248 g"]),
        ],
        opening: &[
            "With the {name} the open-plan office ends where the cushion begins.",
            "The {name} plays [Battery life] and is comfortable for as long.",
            "Warm voices, firm bass: {brand} has tuned the {name} for long evenings.",
        ],
        detail: &[
            "Noise cancelling: [Noise cancelling]; the drivers ([Drivers]) have room to breathe.",
            "It holds two connections where you want it ([Connection]) and weighs [Weight].",
            "The cushions are made of vegan leather and can be changed in a minute.",
        ],
        closing: &["It folds into a hard case that is included."],
    },
    Kind {
        key: "in-ear", noun: "pair of earbuds", category: "In-ear headphones", parent: "Headphones", code: "HPI", share: 18, demand: 58,
        price: (29, 249), grams: (90, 160), shape: Shape::Buds,
        brands: &["Marvik", "Ysmera", "Rivonic", "Ilmaris"],
        series: &["Drop", "Hush", "Note", "Pearl"], models: &["Air", "2", "3", "Pro"],
        axis: Some(BRIGHT_COLOURS),
        specs: &[
            ("Noise cancelling", &["none", "yes", "adaptive"]),
            ("Battery life", &["5 hours, 20 with case", "7 hours, 28 with case", "9 hours, 36 with case"]),
            ("Protection", &["IPX4", "IPX5", "IP57"]),
            ("Tips", &["3 sizes", "4 sizes", "4 sizes, also foam"]),
            ("Charging", &["USB-C", "USB-C and wireless"]),
        ],
        opening: &[
            "The {name} sits so well that you forget it until the music stops.",
            "Small as a coffee bean, the {name} fills the way to work.",
            "For calls on windy corners and runs in the rain: the {name}.",
        ],
        detail: &[
            "It plays [Battery life] and charges by [Charging].",
            "Tips in [Tips] seal well, and sweat is no matter ([Protection]).",
            "Noise cancelling: [Noise cancelling]; one tap lets announcements in.",
        ],
        closing: &["Single buds can be bought again, should one get lost."],
    },
    Kind {
        key: "speaker", noun: "speaker", category: "Bluetooth speakers", parent: "Audio", code: "SPK", share: 16, demand: 30,
        price: (29, 299), grams: (380, 3100), shape: Shape::Speaker,
        brands: &["Orvello", "Belmora", "Jorvika", "Pelaro"],
        series: &["Boom", "Picnic", "Terrace", "Echo"], models: &["Mini", "Go", "Plus", "Max"],
        axis: Some(BRIGHT_COLOURS),
        specs: &[
            ("Power", &["6 W", "16 W", "30 W", "60 W"]),
            ("Battery life", &["10 hours", "14 hours", "20 hours", "24 hours"]),
            ("Protection", &["IPX5", "IP67"]),
            ("Pairing", &["single", "two as a stereo pair"]),
            ("Charging", &["USB-C", "USB-C, charges phones too"]),
        ],
        opening: &[
            "The {name} brings music to the lake and survives falling in.",
            "More bass than its size allows: the {name} surprises everybody once.",
            "The {name} is the kitchen radio of our days.",
        ],
        detail: &[
            "[Power] of power last for [Battery life].",
            "It is sealed to [Protection] and its loop holds on every tent pole.",
            "It works [Pairing] and charges by [Charging].",
        ],
        closing: &["Its cloth is woven from recycled bottles."],
    },
    Kind {
        key: "soundbar", noun: "soundbar", category: "Soundbars", parent: "Audio", code: "SBR", share: 10, demand: 10,
        price: (129, 799), grams: (2900, 9500), shape: Shape::Bar,
        brands: &["Orvello", "Belmora", "Rivonic"],
        series: &["Cinema", "Stage", "Arc"], models: &["2.1", "3.1", "5.1.2"],
        axis: None,
        specs: &[
            ("Channels", &["2.1", "3.1", "5.1.2"]),
            ("Power", &["120 W", "260 W", "480 W"]),
            ("Subwoofer", &["built in", "wireless, 6.5″", "wireless, 8″"]),
            ("Connections", &["HDMI ARC, optical", "HDMI eARC, optical, Wi-Fi", "2 × HDMI, eARC, Wi-Fi"]),
            ("Width", &["80 cm", "95 cm", "110 cm"]),
        ],
        opening: &[
            "Films deserve more than the loudspeakers in a flat television: the {name} helps.",
            "The {name} makes dialogue understandable again.",
            "One bar, one cable, a wide stage: the {name}.",
        ],
        detail: &[
            "[Channels] channels with [Power] and a subwoofer ([Subwoofer]).",
            "It is [Width] wide and connects by [Connections].",
            "A night mode takes out the bass and leaves the voices.",
        ],
        closing: &["Brackets for the wall are included."],
    },
    Kind {
        key: "television", noun: "television", category: "Televisions", parent: "TV & photo", code: "TVS", share: 16, demand: 14,
        price: (349, 1599), grams: (9500, 24500), shape: Shape::Screen,
        brands: &["Lumeno", "Elvara", "Orvello", "Novaryn"],
        series: &["Lumen", "Gallery", "Cinema", "Vivid"], models: &["C3", "C5", "C7", "C9"],
        axis: Some(SCREEN_SIZE),
        specs: &[
            ("Panel", &["LED", "QLED", "Mini-LED", "OLED"]),
            ("Resolution", &["3840 × 2160"]),
            ("Refresh rate", &["60 Hz", "100 Hz", "120 Hz", "144 Hz"]),
            ("HDMI", &["3 ports", "4 ports, 2 of them 2.1", "4 ports, all 2.1"]),
            ("Sound", &["20 W", "40 W", "60 W"]),
            ("Energy label", &["G", "F", "E"]),
        ],
        opening: &[
            "The {name} shows films the way they were meant, without looking processed.",
            "By day a bright [Panel] picture, by night a deep black: the {name} can do both.",
            "The {name} starts in four seconds and asks no questions.",
        ],
        detail: &[
            "The panel runs at [Refresh rate], and consoles find [HDMI].",
            "Its sound of [Sound] needs no bar for the evening news.",
            "Tuners for cable, satellite and aerial are built in, twice each, so that one programme can be recorded.",
        ],
        closing: &["Delivery to the room of your choice is included.", "It does not listen: there is no microphone in it."],
    },
    Kind {
        key: "projector", noun: "projector", category: "Projectors", parent: "TV & photo", code: "PRJ", share: 8, demand: 5,
        price: (299, 1899), grams: (1900, 6800), shape: Shape::Projector,
        brands: &["Lumeno", "Quintar", "Gravon"],
        series: &["Beam", "Cinema", "Wall"], models: &["500", "900", "2000"],
        axis: None,
        specs: &[
            ("Light", &["500 lm, LED", "900 lm, LED", "2,200 lm, laser"]),
            ("Resolution", &["1280 × 720", "1920 × 1080", "3840 × 2160"]),
            ("Throw ratio", &["1.2 : 1", "1.0 : 1", "0.25 : 1"]),
            ("Noise", &["32 dB(A)", "29 dB(A)", "26 dB(A)"]),
            ("Life of the lamp", &["20,000 hours", "30,000 hours"]),
        ],
        opening: &[
            "The {name} turns a white wall into a cinema.",
            "For films under the trees or talks in the meeting room: the {name} is set up in a minute.",
            "The {name} finds its focus and its corners by itself.",
        ],
        detail: &[
            "It shows [Resolution] with [Light] and whispers at [Noise].",
            "With a throw ratio of [Throw ratio] it needs little room.",
            "The lamp lasts [Life of the lamp], which is a film a day for more than twenty years.",
        ],
        closing: &["A bag and a remote control with lit keys are included."],
    },
    Kind {
        key: "camera", noun: "camera", category: "Cameras", parent: "TV & photo", code: "PHT", share: 12, demand: 10,
        price: (549, 2499), grams: (480, 1250), shape: Shape::Camera,
        brands: &["Belmora", "Quintar", "Jorvika"],
        series: &["Atlas", "Reporter", "Diary"], models: &["X1", "X2", "X3", "X5"],
        axis: Some(LENS_KIT),
        specs: &[
            ("Sensor", &["24 MP, APS-C", "26 MP, APS-C", "33 MP, APS-C", "33 MP, full frame"]),
            ("Stabiliser", &["in the lens", "5 axes, 5 stops", "5 axes, 7 stops"]),
            ("Video", &["4K, 30 frames", "4K, 60 frames", "6K, 30 frames"]),
            ("Viewfinder", &["2.4 million dots", "3.7 million dots", "5.8 million dots"]),
            ("Pictures per charge", &["380", "470", "580"]),
        ],
        opening: &[
            "The {name} is a camera that one takes along, and that is what makes the pictures.",
            "Dials for everything that matters: with the {name} nobody needs to open a menu.",
            "The {name} sees in the dusk what the eye only guesses.",
        ],
        detail: &[
            "Its sensor ([Sensor]) is steadied ([Stabiliser]), and a charge lasts [Pictures per charge] pictures.",
            "Films are recorded in [Video], without a limit on their length.",
            "The viewfinder ([Viewfinder]) shows the picture as it will be.",
        ],
        closing: &["Two card slots and a sealed body are part of it."],
    },
    Kind {
        key: "light", noun: "lamp", category: "Smart lighting", parent: "Smart home", code: "LGT", share: 16, demand: 44,
        price: (12, 89), grams: (80, 900), shape: Shape::Bulb,
        brands: &["Lumeno", "Jorvika", "Vintera", "Ulvane"],
        series: &["Glow", "Dusk", "Ember"], models: &["White", "Ambience", "Colour"],
        axis: Some(PACK),
        specs: &[
            ("Light", &["806 lm, warm white", "806 lm, 2200 to 6500 K", "1100 lm, 16 million colours"]),
            ("Base", &["E27"]),
            ("Power", &["7 W", "8.5 W", "10 W"]),
            ("Radio", &["Bluetooth", "Zigbee", "Zigbee, Thread"]),
            ("Life", &["15,000 hours", "25,000 hours"]),
        ],
        opening: &[
            "The {name} wakes you gently and goes out by itself.",
            "Good light at the right hour: the {name} needs no hub and no account.",
            "The {name} gives [Light] for [Power].",
        ],
        detail: &[
            "It talks [Radio], fits [Base] and lasts [Life].",
            "It dims without flicker down to one per cent.",
            "After a power cut it remembers whether it was on.",
        ],
        closing: &["It works without the internet."],
    },
    Kind {
        key: "robot-vacuum", noun: "robot", category: "Robot vacuums", parent: "Smart home", code: "VAC", share: 10, demand: 9,
        price: (199, 999), grams: (5200, 12500), shape: Shape::Disc,
        brands: &["Zentaro", "Ulvane", "Halvera"],
        series: &["Rondo", "Sweep", "Butler"], models: &["R1", "R3", "R5", "R7"],
        axis: None,
        specs: &[
            ("Suction", &["2,700 Pa", "4,500 Pa", "7,000 Pa", "10,000 Pa"]),
            ("Navigation", &["gyroscope", "laser", "laser and camera"]),
            ("Mopping", &["no", "wet cloth", "two turning mops, washed in the dock"]),
            ("Running time", &["100 minutes", "150 minutes", "180 minutes"]),
            ("Height", &["9.8 cm", "9.6 cm", "8.2 cm"]),
        ],
        opening: &[
            "The {name} cleans while you are out and is quiet about it when you are in.",
            "Crumbs, dust, cat hair: the {name} takes [Suction] to them.",
            "The {name} knows every room after one round.",
        ],
        detail: &[
            "It finds its way by [Navigation] and runs [Running time]; mopping: [Mopping].",
            "At a height of [Height] it also fits under the sofa.",
            "Its map never leaves the device.",
        ],
        closing: &["Brushes and filters are on sale for ten years."],
    },
    Kind {
        key: "router", noun: "router", category: "Wi-Fi routers", parent: "Networking", code: "RTR", share: 14, demand: 22,
        price: (59, 349), grams: (420, 1100), shape: Shape::Router,
        brands: &["Kestrin", "Tarnevo", "Calvox", "Fenwik"],
        series: &["Link", "Beacon", "Lattice"], models: &["AX", "AX Plus", "BE"],
        axis: Some(PACK),
        specs: &[
            ("Wi-Fi", &["Wi-Fi 6, 1.8 Gbit/s", "Wi-Fi 6E, 5.4 Gbit/s", "Wi-Fi 7, 9.3 Gbit/s"]),
            ("Ports", &["4 × 1 Gbit/s", "1 × 2.5, 3 × 1 Gbit/s", "2 × 10, 2 × 2.5 Gbit/s"]),
            ("Area", &["90 m²", "140 m²", "200 m²"]),
            ("Mesh", &["can be joined", "can be joined, own radio"]),
            ("Updates", &["5 years", "7 years"]),
        ],
        opening: &[
            "The {name} reaches the corner where the old router gave up.",
            "Plug it in, scan the code, done: the {name} is set up in four minutes.",
            "The {name} brings [Wi-Fi] to [Area].",
        ],
        detail: &[
            "Several of them make one network (mesh: [Mesh]), and wires find [Ports].",
            "Guests and lamps get a network of their own.",
            "It is kept safe for [Updates], without a subscription.",
        ],
        closing: &["Its lights can be switched off."],
    },
    Kind {
        key: "nas", noun: "network drive", category: "Network storage", parent: "Networking", code: "NAS", share: 9, demand: 6,
        price: (179, 899), grams: (1500, 4600), shape: Shape::Nas,
        brands: &["Ulvane", "Dornik", "Tarnevo"],
        series: &["Vault", "Archive", "Cellar"], models: &["1", "2", "4", "6"],
        axis: None,
        specs: &[
            ("Bays", &["1", "2", "4", "6"]),
            ("Processor", &["4 cores, 1.7 GHz", "4 cores, 2.0 GHz", "4 cores, 2.9 GHz"]),
            ("Memory", &["1 GB", "2 GB", "4 GB", "8 GB"]),
            ("Network", &["1 Gbit/s", "2.5 Gbit/s", "2 × 2.5 Gbit/s"]),
            ("Power", &["6 W at rest", "9 W at rest", "14 W at rest"]),
        ],
        opening: &[
            "The {name} keeps the family’s photographs at home and still within reach.",
            "A copy of everything, every night: the {name} sees to it.",
            "The {name} has room for [Bays] drives and none for nonsense.",
        ],
        detail: &[
            "[Memory] of memory and [Network] of network keep several people at work.",
            "It takes [Power] and sleeps when nobody needs it.",
            "Snapshots bring back yesterday’s version of a file with two clicks.",
        ],
        closing: &["Drives are not included and go in without tools."],
    },
];
