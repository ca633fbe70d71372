//! Uploads with each of the three methods, and downloads that are compared with them.

use netexplorer_sdk::{Client, upload::UploadMethod};

use crate::DemoResult;
use crate::bar;
use crate::report::Report;

/// The upload methods, with the size of the file and of a piece, in bytes. By default, the SDK sends one form
/// below 16 MiB, and uses TUS from there on.
const UPLOADS: [(UploadMethod, &str, usize, u64); 3] = [
    (UploadMethod::Simple, "une page.txt", 200_000, 16 << 20),
    (UploadMethod::Chunked, "un catalogue.pdf", 5 << 20, 1 << 20),
    (UploadMethod::Tus, "un film.mov", 40 << 20, 4 << 20),
];

/// A file that was uploaded.
pub(crate) struct Sent {
    pub(crate) id: i64,
    pub(crate) content: Vec<u8>,
}

/// Uploads a file with each method. The sandbox takes a while to assemble the larger two.
pub(crate) async fn upload(
    client: &Client,
    folder: i64,
    report: &mut Report,
) -> DemoResult<Vec<Sent>> {
    let mut all = Vec::new();
    for (method, name, size, piece) in UPLOADS {
        let content = content(size);
        let upload = client.upload(folder, content.clone()).name(name).method(method);
        let mut upload = upload.piece_size(piece).start().await?;
        let bar = tokio::spawn(bar::draw(name, upload.progress()));
        let uploaded = upload.wait().await?;
        // The bar ends with its channel, which the upload holds.
        drop(upload);
        bar.await?;
        let id = uploaded.id;
        report.step(&format!("upload, {method:?}"), format!("{name}: version {id}, {size} bytes"));
        all.push(Sent { id, content });
    }
    Ok(all)
}

/// Downloads each file, the larger ones in ranges, and compares it with the uploaded content.
pub(crate) async fn download(client: &Client, sent: &[Sent], report: &mut Report) -> DemoResult {
    let directory = tempfile::tempdir()?;
    for Sent { id, content } in sent {
        let path = directory.path().join(id.to_string());
        let bytes = client.download(*id).to_file(&path).send().await?;
        if std::fs::read(&path)? != *content {
            return Err(format!("version {id} was downloaded with different content").into());
        }
        report.step("download", format!("version {id}: the same {bytes} bytes"));
    }
    Ok(())
}

/// Bytes without a short period, so that a piece in the wrong place is noticed.
fn content(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}
