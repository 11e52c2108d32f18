//! Text and lines on a page: two weights of one font, measured and drawn glyph by glyph.

use dejavu::sans_condensed;
use krilla::{
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    num::NormalizedF32,
    paint::Fill,
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};
use skrifa::{FontRef, MetadataProvider, instance::LocationRef, instance::Size};

use crate::DocumentError;

/// A colour of the page.
#[derive(Clone, Copy)]
pub struct Colour(pub u8, pub u8, pub u8);

pub const INK: Colour = Colour(0x14, 0x18, 0x1f);
pub const SOFT: Colour = Colour(0x5b, 0x65, 0x73);
pub const HAIR: Colour = Colour(0xdd, 0xe2, 0xe8);
pub const ACCENT: Colour = Colour(0x1f, 0x5f, 0xbf);

/// How a text looks.
#[derive(Clone, Copy)]
pub struct Style {
    pub bold: bool,
    pub size: f32,
    pub colour: Colour,
}

pub const fn regular(size: f32, colour: Colour) -> Style {
    Style { bold: false, size, colour }
}

pub const fn bold(size: f32, colour: Colour) -> Style {
    Style { bold: true, size, colour }
}

/// One weight, for drawing and for measuring.
struct Face {
    font: Font,
    read: FontRef<'static>,
    /// Width of the widest digit, in units of the em: digits stand in columns.
    digit: f32,
}

impl Face {
    fn new(data: &'static [u8]) -> Result<Self, DocumentError> {
        let fault = || DocumentError::Pdf("the font does not read".to_owned());
        let font = Font::new(data.into(), 0).ok_or_else(fault)?;
        let read = FontRef::new(data).map_err(|_| fault())?;
        let mut face = Self { font, read, digit: 0.0 };
        let widest = ('0'..='9').map(|digit| face.advance(digit).1).fold(0.0, f32::max);
        face.digit = widest;
        Ok(face)
    }

    /// Glyph and width of a sign, in units of the em; the box of the unknown for one that the font lacks.
    fn advance(&self, sign: char) -> (u32, f32) {
        let glyph = self.read.charmap().map(sign);
        // A narrow space is a space wherever the font has no narrower one.
        let glyph = glyph.or_else(|| sign.is_whitespace().then(|| self.read.charmap().map(' '))?);
        let glyph = glyph.unwrap_or_default();
        let metrics = self.read.glyph_metrics(Size::unscaled(), LocationRef::default());
        let width = metrics.advance_width(glyph).unwrap_or_default() / self.font.units_per_em();
        (glyph.to_u32(), width)
    }

    fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, sign): (usize, char)| {
            let (id, width) = self.advance(sign);
            let advance = if sign.is_ascii_digit() { self.digit } else { width };
            KrillaGlyph {
                glyph_id: GlyphId::new(id),
                text_range: at..at + sign.len_utf8(),
                x_advance: advance,
                x_offset: (advance - width) / 2.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            }
        };
        text.char_indices().map(glyph).collect()
    }

    fn width(&self, text: &str) -> f32 {
        self.glyphs(text).iter().map(|glyph| glyph.x_advance).sum()
    }
}

/// Both weights.
pub struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    pub fn new() -> Result<Self, DocumentError> {
        let regular = Face::new(sans_condensed::regular())?;
        Ok(Self { regular, bold: Face::new(sans_condensed::bold())? })
    }

    fn face(&self, style: Style) -> &Face {
        if style.bold { &self.bold } else { &self.regular }
    }

    /// Width of a text in points.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        self.face(style).width(text) * style.size
    }

    /// A text in lines no wider than `width`; a word that is wider is cut.
    pub fn wrapped(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let fits = |line: &str| self.width(line, style) <= width;
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
                let joined =
                    if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if fits(&joined) {
                    line = joined;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                for sign in word.chars() {
                    if !line.is_empty() && !fits(&format!("{line}{sign}")) {
                        lines.push(std::mem::take(&mut line));
                    }
                    line.push(sign);
                }
            }
            lines.push(line);
        }
        lines
    }
}

/// A page that is being drawn, measured from its upper left corner.
pub struct Canvas<'a, 'b> {
    pub surface: &'a mut Surface<'b>,
    pub fonts: &'a Fonts,
}

impl Canvas<'_, '_> {
    fn fill(&mut self, colour: Colour) {
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(colour.0, colour.1, colour.2).into(),
            opacity: NormalizedF32::ONE,
            rule: Default::default(),
        }));
    }

    /// A text that begins at `x`, on the base line `y`.
    pub fn text(&mut self, x: f32, y: f32, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let face = self.fonts.face(style);
        let (glyphs, font) = (face.glyphs(text), face.font.clone());
        self.fill(style.colour);
        let start = Point::from_xy(x, y);
        self.surface.draw_glyphs(start, &glyphs, font, text, style.size, false);
    }

    /// A text that ends at `x`.
    pub fn right(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let width = self.fonts.width(text, style);
        self.text(x - width, y, text, style);
    }

    /// A filled rectangle.
    pub fn bar(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        let Some(rect) = Rect::from_xywh(x, y, width, height) else { return };
        let mut path = PathBuilder::new();
        path.push_rect(rect);
        if let Some(path) = path.finish() {
            self.fill(colour);
            self.surface.draw_path(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_three_languages_has_a_shape() {
        let fonts = Fonts::new().expect("the fonts read");
        let signs = ('a'..='z').chain('A'..='Z').chain('а'..='я').chain('А'..='Я').chain('0'..='9');
        for sign in signs.chain("ёЁéèêëàâçîïôûùœæÉÀÇ«»“”’–—…·€₽№%−,.:;()&@/\u{a0}\u{202f}".chars())
        {
            for face in [&fonts.regular, &fonts.bold] {
                assert_ne!(face.advance(sign).0, 0, "`{sign}` has no shape");
            }
        }
        let style = regular(10.0, INK);
        assert_eq!(
            fonts.width("1111", style),
            fonts.width("8888", style),
            "digits stand in columns"
        );
        for line in fonts.wrapped("one two three superlongwordwithoutanyspace", style, 60.0) {
            assert!(fonts.width(&line, style) <= 60.0, "{line}");
        }
    }
}
