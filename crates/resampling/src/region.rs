//! Parts of pictures.

/// A part of a picture, measured in its pixels. The edges may lie between two pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Distance from the left edge.
    pub left: f64,
    /// Distance from the upper edge.
    pub top: f64,
    /// Width of the part.
    pub width: f64,
    /// Height of the part.
    pub height: f64,
}

impl Region {
    /// All of a picture of this width and height.
    #[must_use]
    pub fn whole((width, height): (f64, f64)) -> Self {
        Self {
            left: 0.0,
            top: 0.0,
            width,
            height,
        }
    }

    /// The same part of a picture of another scale, kept inside its bounds.
    #[must_use]
    pub fn scaled(self, (x, y): (f64, f64), bounds: (u32, u32)) -> Self {
        let (right_bound, bottom_bound) = (f64::from(bounds.0), f64::from(bounds.1));
        let left = (self.left * x).clamp(0.0, right_bound - 1.0);
        let top = (self.top * y).clamp(0.0, bottom_bound - 1.0);
        let width = (self.width * x).min(right_bound - left);
        let height = (self.height * y).min(bottom_bound - top);
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// The same part, with coordinates relative to the corner of a larger one.
    #[must_use]
    pub fn within(self, larger: Self) -> Self {
        Self {
            left: self.left - larger.left,
            top: self.top - larger.top,
            ..self
        }
    }

    /// Its size in whole pixels.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a picture is no larger than that"
    )]
    #[must_use]
    pub fn rounded_size(self) -> (u32, u32) {
        let side = |side: f64| (side.round() as u32).max(1);
        (side(self.width), side(self.height))
    }

    /// The region from which a picture of this size is made. If the region has just as many pixels, it is moved onto whole
    /// ones, so that they are copied and not mixed.
    #[must_use]
    pub fn to_make(self, size: (u32, u32)) -> Self {
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        if (self.width - width).abs() >= 0.5 || (self.height - height).abs() >= 0.5 {
            return self;
        }
        Self {
            left: self.left.floor(),
            top: self.top.floor(),
            width,
            height,
        }
    }

    /// Whether it is all of a picture of this size.
    #[must_use]
    pub fn is_all_of(self, size: (u32, u32)) -> bool {
        self == Self::whole((f64::from(size.0), f64::from(size.1)))
    }
}
