//! What writing alone costs: serialises one dashboard N times with serde_json
//! and writes each to a file. `cargo run --release --example floor -- N JSON DIR`.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [count, dashboard, directory] = args.as_slice() else {
        return Err("usage: floor N JSON DIR".into());
    };
    let dashboard: serde_json::Value = serde_json::from_slice(&std::fs::read(dashboard)?)?;
    std::fs::create_dir_all(directory)?;
    for number in 0..count.parse::<usize>()? {
        let mut bytes = serde_json::to_vec_pretty(&dashboard)?;
        bytes.push(b'\n');
        std::fs::write(
            Path::new(directory).join(format!("svc-{number:04}.json")),
            bytes,
        )?;
    }
    Ok(())
}
