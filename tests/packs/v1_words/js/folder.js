export const words = "folder";
