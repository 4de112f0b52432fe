/** What headers of photos often hold: the first part of the dictionary of side data (spec/jpeg-dictionary.md). */

/** Entries of Exif directories: tag, type, count, value. */
const ENTRIES = `
0001 2 4 52393800, 0002 7 4 30313030, 0103 3 1 0006, 011A 5 1, 011B 5 1, 0128 3 1 0002, 0201 4 1, 0202 4 1,
0213 3 1 0002, 829A 5 1, 829D 5 1, 8822 3 1 0002, 8827 3 1 0064, 9000 7 4 30323332, 9000 7 4 30323330,
9000 7 4 30323331, 9000 7 4 30323130, 9000 7 4 30323231, 9000 7 4 30323230, 9003 2 20, 9004 2 20, 9101 7 4 01020300,
9102 5 1, 9201 10 1, 9202 5 1, 9203 10 1, 9204 10 1, 9205 5 1, 9207 3 1 0005, 9208 3 1 0000, 9209 3 1 0010, 920A 5 1,
927C 7 264, 9286 7 264, 9290 2 4, 9291 2 4, 9292 2 4, A000 7 4 30313030, A001 3 1 FFFF, A001 3 1 0001, A002 4 1,
A003 4 1, A005 4 1, A20E 5 1, A20F 5 1, A210 3 1 0002, A217 3 1 0002, A300 7 1 03000000, A301 7 1 01000000, A302 7 8,
A401 3 1 0000, A402 3 1 0000, A403 3 1 0000, A404 5 1, A405 3 1 0023, A406 3 1 0000, A407 3 1 0000, A408 3 1 0000,
A409 3 1 0000, A40A 3 1 0000, A40C 3 1 0000, 010E 2 32, 010F 2 6, 0110 2 10, 0112 3 1 0001, 011A 5 1, 011B 5 1,
0128 3 1 0002, 0131 2 28, 0132 2 20, 013B 2 1, 0213 3 1 0002, 0213 3 1 0001, 8298 2 1, 8769 4 1, 8825 4 1`;

/** Text and bytes, in the notation of the specification. */
const TEXT_AND_BYTES = `
FF FE 00 20 'LEAD Technologies Inc. V1.01' 00
'File written by Adobe Photoshop' A8 20 '4.0'
FF FE 00 3E 'CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 95' 0A
', default quality' 0A
'Canon' 00 'NIKON CORPORATION' 00 'OLYMPUS' 00 'SONY' 00 'FUJIFILM' 00 'Panasonic' 00 'Apple' 00 'samsung' 00 'Google' 00
'Adobe Photoshop 7.0' 00 'Adobe Photoshop CS Windows' 00 'ASCII' 00*3 'PrintIM' 00 '0300' 00*4
01 00 00 00 60 00 00 00 01 00 00 00 B4 00 00 00 01 00 00 00 2C 01 00 00 01 00 00 00 48 00 00 00 01 00 00 00
'2007:01:01 00:00:00' 00 '2006:' 00 '2005:' 00
FF E1 00 00 'Exif' 00 00 'MM' 00 2A 00 00 00 08
FF E1 00 00 'Exif' 00 00 'II' 2A 00 08 00 00 00
FF E2 02 40 'ICC_PROFILE' 00 01 01
00 00 02 '0ADBE' 02 10 00 00 'mntrRGB XYZ ' 07 CF 00 06 00 03 00*6 'acspAPPL' 00*4 'none' 00*18 F6 D6 00 01 00*4 D3 '-ADBE'
00*47 0A 'cprt' 00 00 00 FC 00 00 00 '2desc' 00 00 01 30 00 00 00 'kwtpt' 00 00 01 9C 00 00 00 14 'bkpt' 00 00 01 B0 00 00 00 14
'rTRC' 00 00 01 C4 00 00 00 0E 'gTRC' 00 00 01 D4 00 00 00 0E 'bTRC' 00 00 01 E4 00 00 00 0E 'rXYZ' 00 00 01 F4 00 00 00 14
'gXYZ' 00 00 02 08 00 00 00 14 'bXYZ' 00 00 02 1C 00 00 00 14 'text' 00*4 'Copyright 1999 Adobe Systems Incorporated' 00 00 00
'desc' 00*7 11 'Adobe RGB (1998)' 00*80 'XYZ ' 00*6 F3 51 00 01 00 00 00 01 16 CC 'XYZ ' 00*16 'curv' 00*7 01 02 33 00 00 'curv'
00*7 01 02 33 00 00 'curv' 00*7 01 02 33 00 00 'XYZ ' 00*6 9C 18 00 00 4F A5 00 00 04 FC 'XYZ ' 00*6 34 8D 00 00 A0 2C 00 00 0F
95 'XYZ ' 00*6 26 31 00 00 10 2F 00 00 BE 9C
"<?xpacket begin='" EF BB BF "' id='W5M0MpCehiHzreSzNTczkc9d'?>" 0A
|<?adobe-xap-filters esc="CR"?>
|<x:xapmeta xmlns:x='adobe:ns:meta/' x:xaptk='XMP toolkit 2.8.2-33, framework 1.5'>
|<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:iX='http://ns.adobe.com/iX/1.0/'>
|
| <rdf:Description about='uuid:
|  xmlns:xapMM='http://ns.adobe.com/xap/1.0/mm/'>
|  <xapMM:DocumentID>adobe:docid:photoshop:</xapMM:DocumentID>
| </rdf:Description>
|
|</rdf:RDF>
|</x:xapmeta>
|<?xpacket end='w'?>
|   <tiff:BitsPerSample>
|    <rdf:Seq>
|     <rdf:li>8</rdf:li>
|    </rdf:Seq>
|   </tiff:BitsPerSample>
|   <tiff:Compression>6</tiff:Compression>
|   <tiff:PhotometricInterpretation>2</tiff:PhotometricInterpretation>
|   <tiff:SamplesPerPixel>3</tiff:SamplesPerPixel>
|   <tiff:NativeDigest>256,257,258,259,262,274,277,284,530,531,282,283,296,301,318,319,529,532,306,270,271,272,305,315,33432;</tiff:NativeDigest>
|   <exif:NativeDigest>36864,40960,40961,37121,37122,40962,40963,37510,40964,36867,36868,33434,33437,34850,34852,34855,34856,37377,37378,37379,37380,37381,37382,37383,37384,37385,37386,37396,41483,41484,41486,41487,41488,41492,41493,41495,41728,41729,41730,41985,41986,41987,41988,41989,41990,41991,41992,41993,41994,41995,41996,42016,0,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,20,22,23,24,25,26,27,28,30;</exif:NativeDigest>
|<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 4.2.2-c063 53.352624, 2008/07/30-18:12:18">
|   <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
|      <rdf:Description rdf:about=""
|            xmlns:xmp="http://ns.adobe.com/xap/1.0/"
|            xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
|            xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
|            xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
|            xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
|            xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
|            xmlns:exif="http://ns.adobe.com/exif/1.0/"
|            xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
|            xmlns:dc="http://purl.org/dc/elements/1.1/">
|         <xmp:CreateDate>2008-</xmp:CreateDate>
|         <xmp:ModifyDate>2008-</xmp:ModifyDate>
|         <xmp:MetadataDate>2008-</xmp:MetadataDate>
|         <xmp:CreatorTool>Adobe Photoshop CS3 Windows</xmp:CreatorTool>
|         <xmpMM:OriginalDocumentID>xmp.did:</xmpMM:OriginalDocumentID>
|         <xmpMM:InstanceID>xmp.iid:</xmpMM:InstanceID>
|         <xmpMM:DocumentID>xmp.did:</xmpMM:DocumentID>
|         <photoshop:ColorMode>3</photoshop:ColorMode>
|         <photoshop:ICCProfile>sRGB IEC61966-2.1</photoshop:ICCProfile>
|         <photoshop:DateCreated>2008-</photoshop:DateCreated>
|      </rdf:Description>
|   </rdf:RDF>
|</x:xmpmeta>
'http://ns.adobe.com/xap/1.0/' 00
"<?xpacket begin='" EF BB BF "' id='W5M0MpCehiHzreSzNTczkc9d'?>" 0A
|<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='XMP toolkit 3.0-28, framework 1.6'>
|<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:iX='http://ns.adobe.com/iX/1.0/'>
|
| <rdf:Description rdf:about='uuid:
|  xmlns:exif='http://ns.adobe.com/exif/1.0/'>
|  <exif:ExifVersion>0221</exif:ExifVersion>
|  <exif:FlashpixVersion>0100</exif:FlashpixVersion>
|  <exif:ColorSpace>1</exif:ColorSpace>
|  <exif:CompressedBitsPerPixel>4/1</exif:CompressedBitsPerPixel>
|  <exif:PixelXDimension>640</exif:PixelXDimension>
|  <exif:PixelYDimension>480</exif:PixelYDimension>
|  <exif:DateTimeOriginal>2006-</exif:DateTimeOriginal>
|  <exif:DateTimeDigitized>2006-</exif:DateTimeDigitized>
|  <exif:ExposureTime>1/60</exif:ExposureTime>
|  <exif:FNumber>56/10</exif:FNumber>
|  <exif:ExposureProgram>2</exif:ExposureProgram>
|  <exif:ISOSpeedRatings>
|   <rdf:Seq>
|    <rdf:li>100</rdf:li>
|   </rdf:Seq>
|  </exif:ISOSpeedRatings>
|  <exif:ShutterSpeedValue>65536</exif:ShutterSpeedValue>
|  <exif:ApertureValue>65536</exif:ApertureValue>
|  <exif:ExposureBiasValue>0/3</exif:ExposureBiasValue>
|  <exif:MaxApertureValue>
|  <exif:MeteringMode>5</exif:MeteringMode>
|  <exif:LightSource>0</exif:LightSource>
|  <exif:Flash rdf:parseType='Resource'>
|   <exif:Fired>False</exif:Fired>
|   <exif:Return>0</exif:Return>
|   <exif:Mode>2</exif:Mode>
|   <exif:Function>False</exif:Function>
|   <exif:RedEyeMode>False</exif:RedEyeMode>
|  </exif:Flash>
|  <exif:FocalLength>
|  <exif:FocalPlaneXResolution>
|  <exif:FocalPlaneYResolution>
|  <exif:FocalPlaneResolutionUnit>2</exif:FocalPlaneResolutionUnit>
|  <exif:SensingMethod>2</exif:SensingMethod>
|  <exif:FileSource>3</exif:FileSource>
|  <exif:SceneType>1</exif:SceneType>
|  <exif:CustomRendered>0</exif:CustomRendered>
|  <exif:ExposureMode>0</exif:ExposureMode>
|  <exif:WhiteBalance>0</exif:WhiteBalance>
|  <exif:DigitalZoomRatio>1/1</exif:DigitalZoomRatio>
|  <exif:SceneCaptureType>0</exif:SceneCaptureType>
|  <exif:GainControl>0</exif:GainControl>
|  <exif:Contrast>0</exif:Contrast>
|  <exif:Saturation>0</exif:Saturation>
|  <exif:Sharpness>0</exif:Sharpness>
|  <exif:SubjectDistanceRange>0</exif:SubjectDistanceRange>
| </rdf:Description>
|
| <rdf:Description rdf:about='uuid:
|  xmlns:pdf='http://ns.adobe.com/pdf/1.3/'>
| </rdf:Description>
|
|  xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'>
|  <photoshop:CaptionWriter>
|  <photoshop:History></photoshop:History>
| </rdf:Description>
|
|  xmlns:tiff='http://ns.adobe.com/tiff/1.0/'>
|  <tiff:Make>Canon</tiff:Make>
|  <tiff:Model>Canon EOS DIGITAL</tiff:Model>
|  <tiff:Orientation>1</tiff:Orientation>
|  <tiff:XResolution>72/1</tiff:XResolution>
|  <tiff:YResolution>72/1</tiff:YResolution>
|  <tiff:ResolutionUnit>2</tiff:ResolutionUnit>
|  <tiff:YCbCrPositioning>2</tiff:YCbCrPositioning>
| </rdf:Description>
|
|  xmlns:xap='http://ns.adobe.com/xap/1.0/'>
|  <xap:CreateDate>2006-</xap:CreateDate>
|  <xap:ModifyDate>2006-</xap:ModifyDate>
|  <xap:MetadataDate>2006-</xap:MetadataDate>
|  <xap:CreatorTool>Adobe Photoshop CS Windows</xap:CreatorTool>
| </rdf:Description>
|
|  xmlns:stRef='http://ns.adobe.com/xap/1.0/sType/ResourceRef#'
|  xmlns:xapMM='http://ns.adobe.com/xap/1.0/mm/'>
|  <xapMM:DerivedFrom rdf:parseType='Resource'>
|   <stRef:instanceID>uuid:</stRef:instanceID>
|   <stRef:documentID>adobe:docid:photoshop:</stRef:documentID>
|  </xapMM:DerivedFrom>
|  <xapMM:DocumentID>adobe:docid:photoshop:</xapMM:DocumentID>
| </rdf:Description>
|
|  xmlns:dc='http://purl.org/dc/elements/1.1/'>
|  <dc:format>image/jpeg</dc:format>
|  <dc:creator>
|   <rdf:Seq>
|    <rdf:li></rdf:li>
|   </rdf:Seq>
|  </dc:creator>
|  <dc:description>
|   <rdf:Alt>
|    <rdf:li xml:lang='x-default'></rdf:li>
|   </rdf:Alt>
|  </dc:description>
|  <dc:rights>
|   <rdf:Alt>
|    <rdf:li xml:lang='x-default'></rdf:li>
|   </rdf:Alt>
|  </dc:rights>
|  <dc:subject>
|   <rdf:Bag>
|   </rdf:Bag>
|  </dc:subject>
| </rdf:Description>
|
|</rdf:RDF>
|</x:xmpmeta>
20*100 0A 20*100 0A
'<?xpacket end="w"?>' FF ED 
'8BIM' 03 ED 0A 'Resolution' 00*4 10 00 48 00 00 00 01 00 02 00 48 00 00 00 01 00 02
'8BIM' 04 0D 18 'FX Global Lighting Angle' 00*4 04 00*3 1E
'8BIM' 04 19 12 'FX Global Altitude' 00*4 04 00*3 1E
'8BIM' 03 F3 0B 'Print Flags' 00*3 09 00*8 01 00
'8BIM' 04 0A 0E 'Copyright Flag' 00*4 01 00 00
'8BIM' 27 10 14 'Japanese Print Flags' 00*4 0A 00 01 00*7 02
'8BIM' 03 F5 17 'Color Halftone Settings' 00*3 48
'8BIM' 03 F8 17 'Color Transfer Settings' 00*3 70
'8BIM' 04 08 06 'Guides' 00*4 10 00*3 01 00 00 02 40 00 00 02 40 00*4
'8BIM' 04 1E 0D 'URL overrides' 00*3 04 00*4
'8BIM' 04 1A 06 'Slices' 00*4
'8BIM' 04 11 11 'ICC Untagged Flag' 00*3 01 01 00
'8BIM' 04 14 17 'Layer ID Generator Base' 00*3 04 00*3 01
'8BIM' 04 0C 15 'New Windows Thumbnail' 00*4
'8BIM' 04 21 1A 'Version compatibility info' 00*4
'8BIM' 04 06 0C 'JPEG Quality' 00*4 07 00 08 00 00 00 01 01 00
'Photoshop 3.0' 00
'8BIM' 04 04 00*5 07 1C 02 00 00 02 00 00 00
'8BIM' 04 25 00*5 10 E8 F1 5C F3 2F C1 18 A1 A2 7B 67 AD C5 64 D5 BA
'8BIM' 04 25 00*5 10 46 0C F2 89 26 B8 56 DA B0 9C 01 A1 B0 A7 90 77
'8BIM' 04 25 00*5 10 00*16
'8BIM' 04 24 00*4
'8BIM' 04 2F 00*5 4A
'8BIM' 03 ED 00*5 10 00 48 00 00 00 01 00 01 00 48 00 00 00 01 00 01
'8BIM' 03 ED 00*5 10 01 2C 00 00 00 01 00 01 01 2C 00 00 00 01 00 01
'8BIM' 04 26 00*5 0E 00*10 3F 80 00 00
'8BIM' 04 0D 00*5 04 00 00 00 1E
'8BIM' 04 0D 00*5 04 00 00 00 78
'8BIM' 04 19 00*5 04 00 00 00 1E
'8BIM' 03 F3 00*5 09 00*8 01 00
'8BIM' 04 0A 00*5 01 00 00
'8BIM' 27 10 00*5 0A 00 01 00*7 02
'8BIM' 03 F5 00*5 48 00 2F 66 66 00 01 00 6C 66 66 00 06 00*5 01 00 2F 66 66 00 01 00 A1 99 9A 00 06 00*5 01
00 32 00 00 00 01 00 5A 00 00 00 06 00*5 01 00 35 00 00 00 01 00 2D 00 00 00 06 00*5 01
'8BIM' 03 F8 00*5 70 00 00 FF*22 03 E8 00*4 FF*22 03 E8 00*4 FF*22 03 E8 00*4 FF*22 03 E8 00 00
'8BIM' 04 00 00*5 02 00 00
'8BIM' 04 02 00*5 02 00 00
'8BIM' 04 30 00*5 01 01 00
'8BIM' 04 2D 00*5 06 00 01 00 00 00 02
'8BIM' 04 08 00*5 10 00 00 00 01 00 00 02 40 00 00 02 40 00*4
'8BIM' 04 1E 00*5 04 00*4
'8BIM' 04 1A 00*4 03 45 00 00 00 06 00*10
00*3 01 00*16 01 00*12 10 00*3 01 00*6
'null' 00 00 00 02 00 00 00 06 'boundsObjc' 00 00 00 01 00*6 'Rct1' 00 00 00 04 00*4 'Top long' 00*8 'Leftlong' 00*8
'Btomlong' 00*8 'Rghtlong' 00*4 00 00 00 06 'slicesVlLs' 00 00 00 01 'Objc' 00 00 00 01 00*5 05 'slice' 00 00 00 12
00 00 00 07 'sliceIDlong' 00*7 07 'groupIDlong' 00*7 06 'originenum' 00 00 00 0C 'ESliceOrigin'
00 00 00 0D 'autoGenerated' 00*4 'Typeenum' 00 00 00 0A 'ESliceType' 00*4 'Img ' 00 00 00 06 'boundsObjc' 00 00 00 01 00*6
'Rct1' 00 00 00 04 00*4 'Top long' 00*8 'Leftlong' 00*8 'Btomlong' 00*8 'Rghtlong' 00*4
00 00 00 03 'urlTEXT' 00 00 00 01 00*6 'nullTEXT' 00 00 00 01 00*6 'MsgeTEXT' 00 00 00 01 00*5 06 'altTagTEXT' 00 00 00 01
00*5 0E 'cellTextIsHTMLbool' 01 00 00 00 08 'cellTextTEXT' 00 00 00 01 00*5 09 'horzAlignenum' 00 00 00 0F 'ESliceHorzAlign'
00 00 00 07 'default' 00 00 00 09 'vertAlignenum' 00 00 00 0F 'ESliceVertAlign' 00 00 00 07 'default'
00 00 00 0B 'bgColorTypeenum' 00 00 00 11 'ESliceBGColorType' 00*4 'None' 00 00 00 09 'topOutsetlong' 00*7 0A 'leftOutsetlong'
00*7 0C 'bottomOutsetlong' 00*7 0B 'rightOutsetlong' 00*4
'8BIM' 04 28 00*5 0C 00 00 00 01 3F F0 00*6
'8BIM' 04 11 00*5 01 01 00
'8BIM' 04 14 00*5 04 00 00 00 01
'8BIM' 04 0C 00*4
'8BIM' 04 21 00*5 55 00 00 00 01 01 00 00 00 0F
00 41 00 64 00 6F 00 62 00 65 00 20 00 50 00 68 00 6F 00 74 00 6F 00 73 00 68 00 6F 00 70 00 00 00 13
00 41 00 64 00 6F 00 62 00 65 00 20 00 50 00 68 00 6F 00 74 00 6F 00 73 00 68 00 6F 00 70 00 20 00 43 00 53 00 00 00 01 00
'8BIM' 04 06 00*5 07 00 06 00 00 00 01 01 00
FF E2 0C 58 'ICC_PROFILE' 00 01 01
00 00 0C 'HLino' 02 10 00 00 'mntrRGB XYZ ' 07 CE 00 02 00 09 00 06 00 31 00 00 'acspMSFT' 00*4 'IEC sRGB' 00*14 F6 D6 00 01
00*4 D3 '-HP  ' 00*47 11 'cprt' 00 00 01 50 00 00 00 '3desc' 00 00 01 84 00 00 00 'lwtpt' 00 00 01 F0 00 00 00 14 'bkpt' 00 00
02 04 00 00 00 14 'rXYZ' 00 00 02 18 00 00 00 14 'gXYZ' 00 00 02 2C 00 00 00 14 'bXYZ' 00 00 02 40 00 00 00 14 'dmnd' 00 00 02
54 00 00 00 'pdmdd' 00 00 02 C4 00 00 00 88 'vued' 00 00 03 4C 00 00 00 86 'view' 00 00 03 D4 00 00 00 '$lumi' 00 00 03 F8 00 00
00 14 'meas' 00 00 04 0C 00 00 00 '$tech' 00 00 04 30 00 00 00 0C 'rTRC' 00 00 04 3C 00 00 08 0C 'gTRC' 00 00 04 3C 00 00 08 0C
'bTRC' 00 00 04 3C 00 00 08 0C 'text' 00*4 'Copyright (c) 1998 Hewlett-Packard Company' 00 00 'desc' 00*7 12 'sRGB IEC61966-2.1'
00*11 12 'sRGB IEC61966-2.1' 00*50 'XYZ ' 00*6 F3 51 00 01 00 00 00 01 16 CC 'XYZ ' 00*16 'XYZ ' 00*6 6F A2 00 00 38 F5 00 00 03
90 'XYZ ' 00*6 62 99 00 00 B7 85 00 00 18 DA 'XYZ ' 00*6 24 A0 00 00 0F 84 00 00 B6 CF 'desc' 00*7 16 'IEC http://www.iec.ch'
00*11 16 'IEC http://www.iec.ch' 00*46 'desc' 00*7 '.IEC 61966-2.1 Default RGB colour space - sRGB' 00*11
'.IEC 61966-2.1 Default RGB colour space - sRGB' 00*22 'desc' 00*7 ',Reference Viewing Condition in IEC61966-2.1' 00*11
',Reference Viewing Condition in IEC61966-2.1' 00*26 'view' 00*5 13 A4 FE 00 14 5F 2E 00 10 CF 14 00 03 ED CC 00 04 13 0B 00 03
5C 9E 00 00 00 01 'XYZ ' 00*5 4C 09 56 00 50 00 00 00 57 1F E7 'meas' 00*7 01 00*18 02 8F 00 00 00 02 'sig ' 00*4 'CRT curv'
00*6 04 00`;

const ITEM = /'([^']*)'|"([^"]*)"|([0-9A-F]{2})(?:\*(\d+))?/g;

const CURVE_ENTRIES = 1024;

let made: Uint8Array | undefined;

/** All of it; always the same array. */
export function commonHeaders(): Uint8Array {
  made ??= Uint8Array.from([
    ...directoryEntries(false),
    ...directoryEntries(true),
    ...TEXT_AND_BYTES.trim().split('\n').flatMap(bytesOfLine),
    ...curveOfSrgb(),
  ]);
  return made;
}

/** Entries of an image file directory (TIFF 6.0, section 2). */
function directoryEntries(littleEndian: boolean): Uint8Array {
  const entries = ENTRIES.split(',').map((entry) => entry.trim().split(' '));
  const view = new DataView(new ArrayBuffer(12 * entries.length));
  entries.forEach(([tag, type, count, value = '00000000'], i) => {
    view.setUint16(12 * i, Number.parseInt(tag, 16), littleEndian);
    view.setUint16(12 * i + 2, Number(type), littleEndian);
    view.setUint32(12 * i + 4, Number(count), littleEndian);
    if (value.length === 4) view.setUint16(12 * i + 8, Number.parseInt(value, 16), littleEndian);
    else view.setUint32(12 * i + 8, Number.parseInt(value, 16));
  });
  return new Uint8Array(view.buffer);
}

function bytesOfLine(line: string): number[] {
  if (line.startsWith('|')) return asciiBytes(`${line.slice(1)}\n`);
  return [...line.matchAll(ITEM)].flatMap(([, single, double, byte, times = '1']) =>
    byte === undefined
      ? asciiBytes(single ?? double)
      : new Array<number>(Number(times)).fill(Number.parseInt(byte, 16)),
  );
}

function asciiBytes(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** The tone curve of sRGB, from code value to linear light, as `u16`. */
function curveOfSrgb(): number[] {
  return Array.from({ length: CURVE_ENTRIES }, (_, i) => {
    const x = i / (CURVE_ENTRIES - 1);
    const y = x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    return Math.floor(65_535 * y + 0.5);
  }).flatMap((entry) => [entry >> 8, entry & 0xff]);
}
