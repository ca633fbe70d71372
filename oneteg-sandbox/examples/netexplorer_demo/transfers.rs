//! Uploads in each of the three ways, and downloads that are compared.

use netexplorer_sdk::{Client, upload::UploadMethod};

use crate::Outcome;
use crate::bar;
use crate::report::Report;

/// The ways, with the size of the file (bytes) and of a piece. By itself the SDK takes one form below
/// 16 MiB and TUS from there.
const WAYS: [(UploadMethod, &str, usize, u64); 3] = [
    (UploadMethod::Simple, "une page.txt", 200_000, 16 << 20),
    (UploadMethod::Chunked, "un catalogue.pdf", 5 << 20, 1 << 20),
    (UploadMethod::Tus, "un film.mov", 40 << 20, 4 << 20),
];

/// A file that was uploaded.
pub(crate) struct Sent {
    pub(crate) id: i64,
    pub(crate) content: Vec<u8>,
}

/// Uploads a file in each way. The sandbox is busy assembling the larger two for a while.
pub(crate) async fn upload(
    client: &Client,
    folder: i64,
    report: &mut Report,
) -> Outcome<Vec<Sent>> {
    let mut all = Vec::new();
    for (method, name, size, piece) in WAYS {
        let content = content(size);
        let upload = client.upload(folder, content.clone()).name(name).method(method);
        let mut upload = upload.piece_size(piece).start().await?;
        let bar = tokio::spawn(bar::draw(name, upload.progress()));
        let uploaded = upload.wait().await?;
        // The bar ends with its channel, which the upload holds.
        drop(upload);
        bar.await?;
        let id = uploaded.id.ok_or("the file has no id")?;
        report.step(&format!("upload, {method:?}"), format!("{name}: version {id}, {size} bytes"));
        all.push(Sent { id, content });
    }
    Ok(all)
}

/// Downloads each file, the larger ones in ranges, and compares it with what was sent.
pub(crate) async fn download(client: &Client, sent: &[Sent], report: &mut Report) -> Outcome {
    let directory = tempfile::tempdir()?;
    for Sent { id, content } in sent {
        let path = directory.path().join(id.to_string());
        let bytes = client.download(*id, &path).send().await?;
        if std::fs::read(&path)? != *content {
            return Err(format!("version {id} came back with other bytes").into());
        }
        report.step("download", format!("version {id}: the same {bytes} bytes"));
    }
    Ok(())
}

/// Bytes that differ from place to place.
fn content(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}
