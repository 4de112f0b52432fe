"""A decoder of .llmc files: the executable form of spec/, written from those pages alone.

Each file is one page or layer. In the order in which one would read, or write, them:

    errors.py                                    stable codes                                 spec/errors.md
    fields.py                                    integers, varints, strings                   spec/conventions.md
    codecs.py                                    parameters and geometry of latents           spec/codecs.md
    container.py, metadata.py                    header, sections, chunks                     spec/container.md
    raw.py                                       payloads of codec type raw                   spec/codecs.md, 0
    range_coder.py                               symbols from a payload                       spec/range-coder.md
    adaptive_dct.py                              the adaptive model of DCT coefficients       spec/adaptive-dct.md
    jpeg_tables.py, jpeg_scan.py, jpeg.py        a JPEG file from its coefficients            spec/jpeg.md
    exact.py, exact_features.py, exact_dct.py    the exact model of DCT coefficients          spec/exact-profile.md, exact-dct.md
    package.py                                   model packages                               spec/model-package.md
    adaptive_index.py, index_streams.py          codebook indices, and files of them          spec/adaptive-index.md, index-streams.md
    decode.py, __main__.py                       a file from first byte to outputs            spec/container.md, 7

It favours plainness over speed, and computes with Python's integers, which have no bounds.
"""
