"""A decoder of .llmc files: the executable form of spec/, written from those pages alone.

Each file is one page or layer. In the order in which one would read, or write, them:

    errors.py        stable codes                           spec/errors.md
    fields.py        integers, varints, strings             spec/conventions.md
    codecs.py        parameters and geometry of latents     spec/codecs.md
    container.py     header, sections, chunks               spec/container.md
    range_coder.py   symbols from a payload                 spec/range-coder.md
    jpeg.py          a JPEG file from its coefficients      spec/jpeg.md
    decode.py        a file from first byte to outputs      spec/container.md, 7

It favours plainness over speed, and computes with Python's integers, which have no bounds.
"""
