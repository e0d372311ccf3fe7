"""What people read, rendered from facts: the workbook, the digest, the pages and pictures. Pure: facts in, documents out."""
