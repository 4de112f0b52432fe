# The container of .llmc files, version 1 (informative: the pages beside this file prevail).
meta:
  id: llmc
  title: LLMC media container
  file-extension: llmc
  license: Apache-2.0
  ks-version: 0.9
  endian: le
doc: |
  Media as the quantised latents of a transform codec, entropy-coded by a model. The header lists every section
  and every chunk with its length; their bodies follow it in the same order without gaps.
doc-ref: container.md
seq:
  - id: signature
    contents: [0x8c, LLMC, 0x0d, 0x0a, 0x1a]
  - id: major
    type: u1
    valid: 1
  - id: minor
    type: u1
  - id: body_length
    type: varint
    valid:
      expr: _.value <= 67108864
  - id: body
    size: body_length.value
    type: body
  - id: header_crc
    type: u4
    doc: CRC-32 of every byte before it
instances:
  header_length:
    value: 10 + body_length.size + body_length.value + 4
  sections_end:
    value: 'body.section_count.value == 0 ? header_length : body.sections.last.end'
  file_length:
    value: 'body.chunk_count.value == 0 ? sections_end : body.chunks.last.end'
enums:
  codec_type:
    0: raw
    1: jpeg
    2: dct
    3: vq
    4: rvq
    5: text
  profile:
    1: adaptive
    2: exact
    3: float
  arrangement:
    1: dct_blocks
    2: dct_wavefront
    3: dct_raster
    4: dct_zigzag
    5: vq_raster
    6: rvq_frames
    7: rvq_layers
    8: text
  adaptive_model:
    1: adaptive_dct_1
    2: adaptive_index_1
  digest_type:
    0: none
    1: sha256
  process:
    0: baseline
    1: extended_sequential
    2: progressive
types:
  varint:
    doc: LEB128 of at most 8 bytes, in its shortest form
    seq:
      - id: groups
        type: u1
        repeat: until
        repeat-until: _ < 128 or _io.pos == _io.size
    instances:
      size:
        value: groups.size
      value:
        value: >-
          (groups[0] & 127)
          + (size > 1 ? (groups[1] & 127) * 128 : 0)
          + (size > 2 ? (groups[2] & 127) * 16384 : 0)
          + (size > 3 ? (groups[3] & 127) * 2097152 : 0)
          + (size > 4 ? (groups[4] & 127) * 268435456 : 0)
          + (size > 5 ? (groups[5] & 127) * 34359738368 : 0)
          + (size > 6 ? (groups[6] & 127) * 4398046511104 : 0)
          + (size > 7 ? (groups[7] & 127) * 562949953421312 : 0)
  string:
    seq:
      - id: length
        type: varint
      - id: value
        type: str
        size: length.value
        encoding: UTF-8
  body:
    seq:
      - id: model_count
        type: varint
      - id: models
        type: model
        repeat: expr
        repeat-expr: model_count.value
      - id: item_count
        type: varint
      - id: items
        type: item
        repeat: expr
        repeat-expr: item_count.value
      - id: section_count
        type: varint
      - id: sections
        type: section(_index)
        repeat: expr
        repeat-expr: section_count.value
      - id: chunk_count
        type: varint
      - id: chunks
        type: chunk(_index, _index == chunk_count.value - 1)
        repeat: expr
        repeat-expr: chunk_count.value
      - id: rest
        size-eos: true
        doc: fields of a later minor version
  model:
    seq:
      - id: profile_number
        type: varint
      - id: arrangement_number
        type: varint
      - id: length
        type: varint
      - id: parameters
        size: length.value
        type:
          switch-on: profile
          cases:
            'profile::adaptive': adaptive_parameters
            'profile::exact': exact_parameters
            'profile::float': float_parameters
    instances:
      profile:
        value: profile_number.value
        enum: profile
      arrangement:
        value: arrangement_number.value
        enum: arrangement
  adaptive_parameters:
    seq:
      - id: model_number
        type: varint
    instances:
      adaptive_model:
        value: model_number.value
        enum: adaptive_model
  exact_parameters:
    seq:
      - id: fingerprint_length
        type: u1
        valid:
          min: 8
          max: 32
      - id: fingerprint
        size: fingerprint_length
      - id: name
        type: string
  float_parameters:
    seq:
      - id: identity
        type: exact_parameters
      - id: context_length
        type: varint
      - id: lanes
        type: varint
      - id: runtime
        type: string
      - id: device
        type: string
  item:
    seq:
      - id: codec_number
        type: varint
      - id: model
        type: varint
        doc: 0 for none, else 1 + index into the model table
      - id: original_length
        type: varint
      - id: digest_number
        type: varint
      - id: digest_length
        type: varint
        if: digest_number.value > 1
      - id: digest
        size: 'digest_number.value == 1 ? 32 : digest_length.value'
        if: digest_number.value > 0
      - id: length
        type: varint
      - id: parameters
        size: length.value
        type:
          switch-on: codec
          cases:
            'codec_type::raw': raw_parameters
            'codec_type::jpeg': jpeg_parameters
            'codec_type::dct': dct_parameters
            'codec_type::vq': vq_parameters
            'codec_type::rvq': rvq_parameters
            'codec_type::text': text_parameters
            _: unknown_parameters
    instances:
      codec:
        value: codec_number.value
        enum: codec_type
      digest_type:
        value: digest_number.value
        enum: digest_type
  raw_parameters: {}
  unknown_parameters:
    seq:
      - id: tokens
        type: varint
      - id: rest
        size-eos: true
  text_parameters:
    seq:
      - id: tokens
        type: varint
  jpeg_parameters:
    seq:
      - id: own
        type: dct_parameters
      - id: nested
        type: dct_parameters
        repeat: eos
        doc: of pictures within the file
  dct_parameters:
    seq:
      - id: frame
        type: u1
      - id: width
        type: varint
      - id: height
        type: varint
      - id: components
        type: component
        repeat: expr
        repeat-expr: component_count
      - id: tables
        type: quantization_table
        repeat: expr
        repeat-expr: table_count
    instances:
      process:
        value: frame & 3
        enum: process
      precision:
        value: '(frame & 4) != 0 ? 12 : 8'
      component_count:
        value: ((frame >> 3) & 3) + 1
      table_count:
        value: ((frame >> 5) & 3) + 1
  component:
    seq:
      - id: layout
        type: u1
    instances:
      h:
        value: ((layout >> 2) & 3) + 1
      v:
        value: (layout & 3) + 1
      table:
        value: (layout >> 4) & 3
  quantization_table:
    seq:
      - id: kind
        type: u1
        doc: 0 and 128 explicit; 1 to 100 IJG luma, 129 to 228 IJG chroma of quality kind & 127
      - id: steps_8
        type: u1
        repeat: expr
        repeat-expr: 64
        if: kind == 0
      - id: steps_16
        type: u2
        repeat: expr
        repeat-expr: 64
        if: kind == 128
  vq_parameters:
    seq:
      - id: codebook_size
        type: varint
      - id: group_count
        type: varint
      - id: groups
        type: grid_group
        repeat: expr
        repeat-expr: group_count.value
      - id: package
        type: package
  rvq_parameters:
    seq:
      - id: depth
        type: varint
      - id: codebook_size
        type: varint
        doc: that of every layer, 0 where they differ
      - id: codebook_sizes
        type: varint
        repeat: expr
        repeat-expr: depth.value
        if: codebook_size.value == 0
      - id: group_count
        type: varint
      - id: groups
        type: stream_group
        repeat: expr
        repeat-expr: group_count.value
      - id: rate_numerator
        type: varint
      - id: rate_denominator
        type: varint
      - id: sample_rate
        type: varint
      - id: package
        type: package
  grid_group:
    seq:
      - id: count
        type: varint
      - id: width
        type: varint
      - id: height
        type: varint
  stream_group:
    seq:
      - id: count
        type: varint
      - id: frames
        type: varint
  package:
    seq:
      - id: fingerprint_length
        type: u1
      - id: fingerprint
        size: fingerprint_length
        if: fingerprint_length > 0
      - id: name
        type: string
        if: fingerprint_length > 0
  section:
    params:
      - id: index
        type: u4
    seq:
      - id: type
        type: str
        size: 4
        encoding: ASCII
      - id: crc
        type: u4
      - id: item
        type: varint
        doc: 0 for the whole file, else 1 + index into the item table
      - id: length
        type: varint
    instances:
      offset:
        value: 'index == 0 ? _root.header_length.as<u8> : _root.body.sections[index - 1].end.as<u8>'
      end:
        value: offset + length.value
      body:
        io: _root._io
        pos: offset
        size: length.value
        type:
          switch-on: type
          cases:
            '"mETA"': metadata
  metadata:
    seq:
      - id: name
        type: string
      - id: media_type
        type: string
      - id: pair_count
        type: varint
      - id: pairs
        type: pair
        repeat: expr
        repeat-expr: pair_count.value
  pair:
    seq:
      - id: key
        type: string
      - id: value
        type: string
  chunk:
    params:
      - id: index
        type: u4
      - id: is_last
        type: bool
    seq:
      - id: payload_crc
        type: u4
      - id: tokens_crc
        type: u4
      - id: length
        type: varint
      - id: tokens
        type: varint
        if: not is_last
        doc: the last chunk holds all tokens that the others leave
    instances:
      offset:
        value: 'index == 0 ? _root.sections_end.as<u8> : _root.body.chunks[index - 1].end.as<u8>'
      end:
        value: offset + length.value
      payload:
        io: _root._io
        pos: offset
        size: length.value
