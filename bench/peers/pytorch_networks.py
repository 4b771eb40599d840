"""The networks besides LeNet, as quadlane's zoo has them, for pytorch.py."""

import torch
from torch import nn


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def cifarnet(classes=10):
    layers, channels = [], 3
    for filters, rate in ((32, 0.2), (64, 0.3), (128, 0.4)):
        for _ in range(2):
            layers += [nn.Conv2d(channels, filters, 3, padding=1, bias=False), norm(filters), nn.ReLU(inplace=True)]
            channels = filters
        layers += [nn.MaxPool2d(2), nn.Dropout(rate)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, classes))


class Residual(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), norm(filters), nn.ReLU(inplace=True)
        )
        self.second = nn.Sequential(nn.Conv2d(filters, filters, 3, 1, 1, bias=False), norm(filters))
        plain = stride == 1
        self.skip = nn.Identity() if plain else nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), norm(filters))

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.skip(x))


def resnet20(classes=10):
    layers, channels = [nn.Conv2d(3, 16, 3, padding=1, bias=False), norm(16), nn.ReLU(inplace=True)], 16
    for filters in (16, 32, 64):
        for block in range(3):
            layers.append(Residual(channels, filters, 2 if block == 0 and filters > 16 else 1))
            channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def mobilenet(classes=10, alpha=0.25, top=True):
    channels = int(32 * alpha)
    layers = [nn.Conv2d(3, channels, 3, 2, 1, bias=False), norm(channels), nn.ReLU6(inplace=True)]
    for filters, stride in BLOCKS:
        width = int(filters * alpha)
        layers += [nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), norm(channels), nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(channels, width, 1, bias=False), norm(width), nn.ReLU6(inplace=True)]
        channels = width
    if not top:
        return nn.Sequential(*layers)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Dropout(0.001), nn.Conv2d(channels, classes, 1), nn.Flatten())
