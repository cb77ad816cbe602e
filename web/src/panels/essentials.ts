/** The node types that most workflows are made of, by what they are for. */
export const ESSENTIALS: readonly string[] = [
  "CheckpointLoaderSimple", "UNETLoader", "CLIPLoader", "VAELoader", "LoraLoader",
  "CLIPTextEncode", "ConditioningCombine", "ConditioningZeroOut",
  "EmptyLatentImage", "KSampler", "KSamplerAdvanced", "VAEDecode", "VAEEncode", "VAEEncodeForInpaint", "LatentUpscaleBy",
  "LoadImage", "LoadImageMask", "SaveImage", "PreviewImage", "ImageScale", "ImageScaleBy", "ImageCrop", "ImageBatch", "ImageCompositeMasked", "ImageInvert",
  "ControlNetLoader", "ControlNetApplyAdvanced", "UpscaleModelLoader", "ImageUpscaleWithModel", "SetLatentNoiseMask", "ImageChooser",
  "PrimitiveInt", "PrimitiveFloat", "PrimitiveString", "Note", "MarkdownNote", "Reroute",
];
