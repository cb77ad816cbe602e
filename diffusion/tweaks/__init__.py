"""What steps in inside a UNet: cheaper or other attention, other skips, a smaller middle."""
