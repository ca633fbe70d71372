//! Figures as SVG.

use anyhow::anyhow;
use plotters::prelude::*;

use super::{
    number::thousands,
    results::{Build, Figure, Point},
};

const OURS: RGBColor = RGBColor(27, 110, 194);
const OTHERS: RGBColor = RGBColor(150, 150, 150);
const MEMORY: RGBColor = RGBColor(200, 90, 30);
const WIDTH: u32 = 900;
/// The height of a bar with the space around it.
const BAR: u32 = 26;
const FONT: &str = "sans-serif";

/// Where bars begin.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    /// At the left.
    Zero,
    /// At a line that marks 1, on a logarithmic scale.
    Equality,
}

/// A bar with its label.
struct Bar {
    label: String,
    value: f64,
    is_ours: bool,
}

/// Processor time of `cargo check`, as ratios to the first row.
///
/// # Errors
/// If the drawing fails.
pub(super) fn builds(rows: &[Build]) -> anyhow::Result<String> {
    let plain = rows.first().map_or(1.0, |row| row.check.processor);
    let bars: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            label: row.name.replace('`', ""),
            value: row.check.processor / plain,
            is_ours: row.name.starts_with('`'),
        })
        .collect();
    horizontal(
        "Processor time of a clean cargo check, as a ratio to the first row",
        &bars,
        Start::Zero,
    )
}

/// The ratios of all figures, on a logarithmic scale: half as good is as far from equality as twice as good.
///
/// # Errors
/// If the drawing fails.
pub(super) fn figures(rows: &[Figure]) -> anyhow::Result<String> {
    let bars: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            label: row.name.replace('`', ""),
            // So that longer is better everywhere.
            value: if row.higher_is_better { row.ratio } else { 1.0 / row.ratio },
            is_ours: true,
        })
        .collect();
    horizontal("Ours to the baseline, logarithmic: above 1 is better", &bars, Start::Equality)
}

fn horizontal(title: &str, bars: &[Bar], start: Start) -> anyhow::Result<String> {
    let mut svg = String::new();
    let height = BAR * u32::try_from(bars.len())? + 90;
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        let fail = |error: DrawingAreaErrorKind<_>| anyhow!("the plot cannot be drawn: {error}");
        area.fill(&WHITE).map_err(fail)?;
        let title = (title, (FONT, 18).into_font());
        area.draw(&Text::new(title.0, (20, 14), title.1)).map_err(fail)?;
        let (left, right, top) = (430, i32::try_from(WIDTH)? - 70, 50);
        let place = |value: f64| match start {
            Start::Zero => value,
            Start::Equality => value.max(f64::MIN_POSITIVE).ln(),
        };
        let places = bars.iter().map(|bar| place(bar.value));
        let (least, greatest) =
            places.fold((0.0_f64, 0.0_f64), |(low, high), at| (low.min(at), high.max(at)));
        let scale = f64::from(right - left) / (greatest - least).max(f64::MIN_POSITIVE);
        let begin = left + (-least * scale) as i32;
        for (index, bar) in bars.iter().enumerate() {
            let y = top + i32::try_from(BAR)? * i32::try_from(index)?;
            let end = begin + (place(bar.value) * scale) as i32;
            let colour = if bar.is_ours { OURS } else { OTHERS };
            let label = shortened(&bar.label, 66);
            area.draw(&Text::new(label, (20, y + 2), (FONT, 13).into_font())).map_err(fail)?;
            let (from, to) = (begin.min(end), begin.max(end).max(begin + 1));
            let bar_area = [(from, y), (to, y + i32::try_from(BAR)? - 8)];
            area.draw(&Rectangle::new(bar_area, colour.filled())).map_err(fail)?;
            let value = format!("{:.2}", bar.value);
            area.draw(&Text::new(value, (to + 6, y + 2), (FONT, 13).into_font())).map_err(fail)?;
        }
        if start == Start::Equality {
            let line = vec![(begin, top - 6), (begin, i32::try_from(height)? - 34)];
            area.draw(&PathElement::new(line, BLACK)).map_err(fail)?;
        }
        area.present().map_err(fail)?;
    }
    Ok(svg)
}

/// A label that fits next to its bar.
fn shortened(label: &str, most: usize) -> String {
    match label.chars().count() > most {
        true => label.chars().take(most - 1).chain(['…']).collect(),
        false => label.to_owned(),
    }
}

/// Time and memory of a curve, both axes logarithmic, time on the left and memory on the right.
///
/// # Errors
/// If the drawing fails.
pub(super) fn curve(points: &[&Point]) -> anyhow::Result<String> {
    let mut svg = String::new();
    let Some((first, last)) = points.first().zip(points.last()) else { return Ok(svg) };
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, 380)).into_drawing_area();
        let fail = |error: DrawingAreaErrorKind<_>| anyhow!("the plot cannot be drawn: {error}");
        area.fill(&WHITE).map_err(fail)?;
        // The measured points have the labels: a logarithmic axis would put too many on it.
        let x_axis = || {
            (first.x..last.x.max(first.x * 1.01))
                .log_scale()
                .with_key_points(points.iter().map(|point| point.x).collect())
        };
        let bounds = |value: fn(&Point) -> f64| {
            let values = points.iter().map(|point| value(point));
            let (low, high) = values
                .fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
            // At least two decades, so that what is flat looks flat.
            (low / 2.0)..(high * 2.0).max(low * 50.0)
        };
        let mut chart = ChartBuilder::on(&area)
            .caption(&first.curve, (FONT, 18))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(66)
            .right_y_label_area_size(66)
            .build_cartesian_2d(x_axis(), bounds(|point| point.seconds).log_scale())
            .map_err(fail)?
            .set_secondary_coord(x_axis(), bounds(|point| point.peak_mib).log_scale());
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc(&first.unit)
            .x_label_formatter(&|x| thousands(x.round() as usize))
            .y_desc("seconds")
            .draw()
            .map_err(fail)?;
        chart.configure_secondary_axes().y_desc("peak memory, MiB").draw().map_err(fail)?;
        let time = points.iter().map(|point| (point.x, point.seconds));
        let memory = points.iter().map(|point| (point.x, point.peak_mib));
        let legend = |colour: RGBColor| {
            move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2))
        };
        chart
            .draw_series(LineSeries::new(time.clone(), OURS.stroke_width(2)))
            .map_err(fail)?
            .label("time (left)")
            .legend(legend(OURS));
        chart.draw_series(time.map(|at| Circle::new(at, 3, OURS.filled()))).map_err(fail)?;
        chart
            .draw_secondary_series(LineSeries::new(memory.clone(), MEMORY.stroke_width(2)))
            .map_err(fail)?
            .label("memory (right)")
            .legend(legend(MEMORY));
        chart
            .draw_secondary_series(memory.map(|at| Circle::new(at, 3, MEMORY.filled())))
            .map_err(fail)?;
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .border_style(OTHERS)
            .background_style(WHITE)
            .draw()
            .map_err(fail)?;
        area.present().map_err(fail)?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::bench::process::Cost;

    #[test]
    fn bars_and_curves_are_drawn() {
        let cost = Cost { processor: 2.0, elapsed: 1.0, peak_mib: 3.0 };
        let build = |name: &str| Build {
            name: name.into(),
            crates: 1,
            lines: None,
            check: cost,
            release: None,
            size: None,
        };
        let svg = builds(&[build("plain"), build("`acme-sdk`, all tags")]).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("acme-sdk, all tags"), "{svg}");
        let point = |x| Point {
            curve: "Items".into(),
            unit: "items".into(),
            x,
            seconds: x / 100.0,
            peak_mib: 12.0,
        };
        let (few, many) = (point(1.0), point(1_000.0));
        let svg = curve(&[&few, &many]).unwrap();
        assert!(svg.contains("Items") && svg.contains("peak memory"), "{svg}");
        assert_eq!(svg.matches("\n1,000\n").count(), 1, "one label for each point: {svg}");
        assert_eq!(curve(&[]).unwrap(), "");
    }

    #[test]
    fn long_labels_are_shortened() {
        assert_eq!(shortened("abcd", 4), "abcd");
        assert_eq!(shortened("abcde", 4), "abc…");
    }
}
