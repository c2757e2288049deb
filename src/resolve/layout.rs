//! Where panels go on Grafana's grid of 24 columns.

use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::Grid;
use crate::spec::shape::{Position, Size};
use std::sync::Arc;

/// Columns of the grid.
pub(super) const COLUMNS: u32 = 24;

/// The lowest row in which a panel may be put.
const LOWEST: u32 = 100_000;

/// A panel to be placed.
pub(super) struct Item<'s> {
    pub(super) name: &'s Spanned<Arc<str>>,
    pub(super) size: Size,
    pub(super) size_span: Option<Span>,
    pub(super) at: Option<Spanned<Position>>,
    pub(super) row: bool,
}

/// Places panels from left to right and from top to bottom, in order. Those
/// with a position of their own are where they say; the others flow around
/// them. A row starts a line of its own.
pub(super) fn place(items: &[Item<'_>], sink: &mut Sink) -> Vec<Grid> {
    let mut fixed: Vec<(Grid, &Item<'_>)> = Vec::new();
    for item in items {
        check_width(item, sink);
        check_height(item, sink);
        if let Some(at) = &item.at {
            let grid = wanted(at.value, item.size);
            for (other, holder) in &fixed {
                if overlap(grid, *other) {
                    sink.push(
                        Diagnostic::new(
                            Code::PanelOverlap,
                            format!(
                                "the panels `{}` and `{}` cover the same cells",
                                holder.name, item.name
                            ),
                        )
                        .at(at.span, "overlaps")
                        .because(
                            holder.at.as_ref().map_or(holder.name.span, |at| at.span),
                            "this one",
                        ),
                    );
                }
            }
            fixed.push((grid, item));
        }
    }
    let mut cursor = Cursor::default();
    items
        .iter()
        .map(|item| match &item.at {
            Some(at) => {
                let grid = wanted(at.value, item.size);
                cursor.bottom = cursor.bottom.max(grid.y + grid.h);
                grid
            }
            None => cursor.next(item, &fixed),
        })
        .collect()
}

/// The cells that a panel asks for, within bounds; asking for others has been
/// reported.
fn wanted(at: Position, size: Size) -> Grid {
    Grid {
        x: at.x.min(COLUMNS),
        y: at.y.min(LOWEST),
        w: size.width.min(COLUMNS),
        h: size.height,
    }
}

/// Where the flow has got to.
#[derive(Default)]
struct Cursor {
    x: u32,
    y: u32,
    /// Height of the tallest panel of the current line.
    line: u32,
    /// Below everything placed so far.
    bottom: u32,
}

impl Cursor {
    fn next(&mut self, item: &Item<'_>, fixed: &[(Grid, &Item<'_>)]) -> Grid {
        if item.row {
            let mut grid = Grid {
                x: 0,
                y: self.bottom,
                w: COLUMNS,
                h: 1,
            };
            while let Some((other, _)) = fixed.iter().find(|(other, _)| overlap(grid, *other)) {
                grid.y = other.y + other.h;
            }
            *self = Self {
                x: 0,
                y: grid.y + 1,
                line: 0,
                bottom: grid.y + 1,
            };
            return grid;
        }
        let width = item.size.width.min(COLUMNS);
        loop {
            if self.x + width > COLUMNS {
                self.break_line();
            }
            let grid = Grid {
                x: self.x,
                y: self.y,
                w: width,
                h: item.size.height,
            };
            match fixed.iter().find(|(other, _)| overlap(grid, *other)) {
                // Steps over what stands in the way.
                Some((other, _)) => {
                    self.x = other.x + other.w;
                    self.line = self.line.max((other.y + other.h).saturating_sub(self.y));
                }
                None => {
                    self.x += width;
                    self.line = self.line.max(grid.h);
                    self.bottom = self.bottom.max(grid.y + grid.h);
                    return grid;
                }
            }
        }
    }

    fn break_line(&mut self) {
        self.x = 0;
        self.y += self.line.max(1);
        self.line = 0;
    }
}

/// Far below the last row, Grafana would draw thousands of empty screens.
fn check_height(item: &Item<'_>, sink: &mut Sink) {
    if let Some(at) = item.at.as_ref().filter(|at| at.value.y > LOWEST) {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("the panel `{}` stands in row {}", item.name, at.value.y),
            )
            .at(at.span, format!("the last row is {LOWEST}")),
        );
    }
}

fn check_width(item: &Item<'_>, sink: &mut Sink) {
    let left = item.at.as_ref().map_or(0, |at| at.value.x);
    if left.saturating_add(item.size.width) <= COLUMNS {
        return;
    }
    let message = match &item.at {
        Some(_) => format!(
            "the panel `{}` reaches to column {}",
            item.name,
            left.saturating_add(item.size.width)
        ),
        None => format!(
            "the panel `{}` is {} columns wide",
            item.name, item.size.width
        ),
    };
    let span = item
        .at
        .as_ref()
        .map(|at| at.span)
        .or(item.size_span)
        .unwrap_or(item.name.span);
    sink.push(
        Diagnostic::new(
            Code::PanelTooWide,
            format!("{message}, and Grafana's grid has {COLUMNS}"),
        )
        .at(span, "too wide"),
    );
}

fn overlap(a: Grid, b: Grid) -> bool {
    let apart = |start: u32, len: u32, other: u32, other_len: u32| {
        u64::from(start) + u64::from(len) <= u64::from(other)
            || u64::from(other) + u64::from(other_len) <= u64::from(start)
    };
    !(apart(a.x, a.w, b.x, b.w) || apart(a.y, a.h, b.y, b.h))
}

#[cfg(test)]
mod tests {
    use super::{Item, overlap, place};
    use crate::diagnostic::{Code, Sink, Sources, Span, Spanned};
    use crate::model::Grid;
    use crate::spec::shape::{Position, Size};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn span() -> Span {
        Span::new(Sources::default().add("t", ""), 0, 0)
    }

    /// Width, height and position.
    type Wanted = (u32, u32, Option<(u32, u32)>);

    fn grids(panels: &[Wanted]) -> (Vec<Grid>, Sink) {
        let name: Spanned<Arc<str>> = Spanned::new("p".into(), span());
        let items: Vec<_> = panels
            .iter()
            .map(|(width, height, at)| Item {
                name: &name,
                size: Size {
                    width: *width,
                    height: *height,
                },
                size_span: None,
                at: at.map(|(x, y)| Spanned::new(Position { x, y }, span())),
                row: *height == 1 && *width == 24,
            })
            .collect();
        let mut sink = Sink::default();
        (place(&items, &mut sink), sink)
    }

    fn grid(x: u32, y: u32, w: u32, h: u32) -> Grid {
        Grid { x, y, w, h }
    }

    #[test]
    fn panels_flow_like_words() {
        let (placed, _) = grids(&[(12, 8, None), (6, 4, None), (6, 8, None), (8, 2, None)]);
        assert_eq!(
            placed,
            [
                grid(0, 0, 12, 8),
                grid(12, 0, 6, 4),
                grid(18, 0, 6, 8),
                grid(0, 8, 8, 2)
            ]
        );
    }

    #[test]
    fn a_row_starts_below_everything() {
        let (placed, _) = grids(&[(6, 4, None), (6, 8, None), (24, 1, None), (6, 4, None)]);
        assert_eq!(placed[2], grid(0, 8, 24, 1));
        assert_eq!(placed[3], grid(0, 9, 6, 4));
    }

    #[test]
    fn the_flow_goes_around_fixed_panels() {
        let (placed, sink) = grids(&[(12, 8, Some((12, 0))), (8, 4, None), (8, 4, None)]);
        assert!(sink.iter().next().is_none());
        assert_eq!(placed[1], grid(0, 0, 8, 4));
        assert!(!overlap(placed[2], placed[0]) && !overlap(placed[2], placed[1]));
    }

    #[test]
    fn what_cannot_be_placed_is_reported() {
        let code = |panels: &[_]| {
            grids(panels)
                .1
                .iter()
                .map(|found| found.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(code(&[(25, 8, None)]), [Code::PanelTooWide]);
        assert_eq!(code(&[(12, 8, Some((13, 0)))]), [Code::PanelTooWide]);
        assert_eq!(
            code(&[(12, 8, Some((0, 0))), (12, 8, Some((11, 7)))]),
            [Code::PanelOverlap]
        );
        assert_eq!(
            code(&[(12, 8, Some((u32::MAX, u32::MAX)))]),
            [Code::PanelTooWide, Code::InvalidValue]
        );
        assert_eq!(code(&[(12, 8, Some((0, 100_001)))]), [Code::InvalidValue]);
        let below = grids(&[(12, 8, Some((0, u32::MAX))), (24, 1, None), (6, 4, None)]).0;
        assert_eq!(below[2], grid(0, 100_009, 6, 4));
    }

    #[test]
    fn a_row_steps_below_fixed_panels() {
        let (placed, sink) = grids(&[(12, 8, None), (24, 1, None), (12, 4, Some((0, 8)))]);
        assert!(sink.iter().next().is_none());
        assert_eq!(placed[1], grid(0, 12, 24, 1));
    }

    proptest! {
        #[test]
        fn flowing_panels_never_overlap(
            panels in prop::collection::vec(((1_u32..=24, 1_u32..12), prop::option::of((0_u32..24, 0_u32..20))), 1..30)
        ) {
            let panels: Vec<_> = panels.into_iter().map(|((w, h), at)| (w, h, at)).collect();
            let (placed, sink) = grids(&panels);
            if sink.iter().next().is_none() {
                for (index, a) in placed.iter().enumerate() {
                    prop_assert!(a.x + a.w <= 24);
                    for b in &placed[..index] {
                        prop_assert!(!overlap(*a, *b), "{a:?} {b:?}");
                    }
                }
            }
        }
    }
}
